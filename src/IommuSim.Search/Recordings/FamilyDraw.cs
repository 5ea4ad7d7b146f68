using System.Collections.Immutable;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Recordings;

/// <summary>
/// Draws runs of what the searches do not draw, or seldom to the end: dirty bitmaps, accesses, mappings of files, pages
/// of a vIOMMU that a program maps, and the selftest's checks. Nothing is made while they are drawn, so that no kernel
/// of ours has a part in what they ask.
/// </summary>
internal static partial class FamilyDraw
{
    private const ulong Page = 4096;

    /// <summary>Where the mock's aperture begins.</summary>
    private const ulong Aperture = 1 << 24;

    private static readonly (string Name, Action<RunText> Draw)[] s_families =
    [
        ("dirty bitmaps", Dirty),
        ("accesses", Access),
        ("files", Files),
        ("pages of a vIOMMU", Mmap),
        ("checks of mappings", Checks),
        ("caches of a guest", Caches),
    ];

    /// <summary>A run of one family, each in its turn; the same on every machine.</summary>
    public static RecordedRun Draw(ulong seed, int number)
    {
        var (name, draw) = s_families[number % s_families.Length];
        var text = new RunText(new SplitMix(new SplitMix(~seed + ((ulong)number << 20)).Next()));
        draw(text);
        return new RecordedRun(name, 0, text.Calls);
    }

    private static void Dirty(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        var device = run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS id={ioas}.ioas dev_flags={run.Rarely(1, 0)}");
        var huge = run.OneIn(4) ? " data_type=0xdead data_len=8 data_uptr=iommu_hwpt_selftest{pagetable_type=1}" : "";
        var flags = run.Pick(2, 2, 2, 2, 3, 0);
        var hwpt = run.Add($"IOMMU_HWPT_ALLOC dev_id={device}.idev pt_id={ioas}.ioas flags={flags}{huge}");
        run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE id={device}.stdev pt_id={hwpt}.hwpt");
        var pages = run.Pick(1, 2, 4, 6);
        // Which pages are one behind the other in memory would decide how many of them one bit stands for.
        for (ulong page = 0; page < pages; page++)
            Map(run, ioas, 1, Aperture + (page * Page));
        if (!run.OneIn(4))
            run.Add($"IOMMU_HWPT_SET_DIRTY_TRACKING hwpt_id={hwpt}.hwpt flags=1");
        var count = 5 + run.Below(9);
        for (ulong i = 0; i < count; i++)
        {
            switch (run.Below(12))
            {
                case 0 or 1:
                    run.Add($"IOMMU_HWPT_SET_DIRTY_TRACKING hwpt_id={hwpt}.hwpt flags={run.Pick(1, 1, 1, 0, 2)}");
                    break;
                case < 6:
                    SetDirty(run, hwpt, pages);
                    break;
                case < 10:
                    GetDirty(run, hwpt, ioas, pages);
                    break;
                case 10:
                    run.Add($"IOMMU_IOAS_UNMAP ioas_id={ioas}.ioas iova=0x1000000 length={pages * Page}");
                    break;
                default:
                    Map(run, ioas, 1, Aperture + (Page * run.Pick(0, pages, 64)));
                    break;
            }
        }
    }

    private static void SetDirty(RunText run, int hwpt, ulong pages)
    {
        var range = run.OneIn(4)
            ? $"iova={Aperture + run.Pick(0, 2048, 100)} length={run.Pick(pages * Page, Page, 2048, 0)}"
            : RangeIn(run, pages);
        var size = run.OneIn(5) ? run.Pick(0, 3000, 1 << 20) : run.Pick(2048, 2048, 4096);
        run.Add($"IOMMU_TEST_OP_DIRTY id={hwpt}.hwpt {range} page_size={size} uptr={Bits(run, 32)}");
    }

    private static void GetDirty(RunText run, int hwpt, int ioas, ulong pages)
    {
        var range = run.OneIn(4)
            ? $"iova={Aperture + run.Pick(0, 2048, 100, 1 << 30)} length={run.Pick(Page, 2048, 64 * Page, 0)}"
            : RangeIn(run, pages);
        var size = run.OneIn(5) ? run.Pick(1024, 3000, 0, 1 << 20) : run.Pick(2048, 4096, 8192);
        var id = run.OneIn(16) ? $"{ioas}.ioas" : $"{hwpt}.hwpt";
        var data = run.OneIn(12) ? "mem(8,0,ro)" : Bits(run, run.Pick(32, 32, 32, 1));
        var flags = run.Pick(0, 0, 0, 1, 1, run.Rarely(2, 0));
        run.Add($"IOMMU_HWPT_GET_DIRTY_BITMAP hwpt_id={id} flags={flags} {range} page_size={size} data={data}");
    }

    /// <summary>Pages of what is mapped, mostly all of them.</summary>
    private static string RangeIn(RunText run, ulong pages)
    {
        var first = run.OneIn(3) ? run.Below(pages) : 0;
        return $"iova={Aperture + (first * Page)} length={(pages - first) * Page}";
    }

    private static string Bits(RunText run, ulong length) => $"mem({length},{run.Pick(0, 0, 0xff, 0x55, 0x81, 1)})";

    private static int Map(RunText run, int ioas, ulong pages, ulong iova)
    {
        var memory = $"mem({pages * Page},{run.Below(256)}{(run.OneIn(8) ? ",ro" : "")})";
        var flags = run.Pick(7, 7, 7, 7, 5, 3);
        return run.Add(
            $"IOMMU_IOAS_MAP ioas_id={ioas}.ioas flags={flags} user_va={memory} length={pages * Page} iova={iova}"
        );
    }

    private static void Access(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        var other = run.Add("IOMMU_IOAS_ALLOC");
        if (run.OneIn(2))
            run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN id={ioas}.ioas");
        var pages = run.Pick(1, 2, 4, 8);
        var map = Map(run, ioas, pages, Aperture);
        if (run.OneIn(2))
            Map(run, ioas, 2, Aperture + (pages * Page));
        var place = new Mapped(ioas, map, pages);
        var access = run.Add(
            $"IOMMU_TEST_OP_CREATE_ACCESS id={ioas}.ioas flags={run.Pick(0, 0, 1, 1, run.Rarely(2, 1))}"
        );
        var items = new List<int>();
        var count = 5 + run.Below(10);
        for (ulong i = 0; i < count; i++)
            UseAccess(run, place, access, other, items);
    }

    private static void UseAccess(RunText run, Mapped mapped, int access, int other, List<int> items)
    {
        var (ioas, map, pages) = mapped;
        switch (run.Below(16))
        {
            case < 4:
                var offset = run.Rarely(pages * Page, run.Pick(0, 0, 100, (pages - 1) * Page));
                var length = run.Rarely(run.Pick(0, 3 * Page), run.Pick(1, 8, Page - 100, (pages * Page) - offset));
                var uptr = $"@{map}.user_va+{offset + run.Rarely(Page, 0)}";
                var pin = $"iova={Aperture + offset} length={length} uptr={uptr} flags={run.Rarely(4, run.Below(2))}";
                items.Add(run.Add($"IOMMU_TEST_OP_ACCESS_PAGES id={access}.access {pin}"));
                break;
            case < 10:
                var memory = $"mem({run.Pick(16, 4096, 6000)},{run.Below(256)}{(run.OneIn(10) ? ",ro" : "")})";
                var at = Aperture + run.Pick(0, 0, 8, (pages * Page) - 16, 4090, run.Rarely(pages * Page, 0));
                var bytes = run.Pick(1, 8, 16, 16, 16, 4096, run.Rarely(0, 4200));
                var flags = run.Pick(0, 0, 1, 1, 4, 5, run.Rarely(2, 0));
                run.Add(
                    $"IOMMU_TEST_OP_ACCESS_RW id={access}.access iova={at} length={bytes} uptr={memory} flags={flags}"
                );
                break;
            case < 12:
                run.Add($"peek @{map}.user_va+{run.Pick(0, 4088, 4096)} {run.Pick(8, 24)}");
                break;
            case 12:
                var item = items.Count > 0 ? $"{items[(int)run.Below((ulong)items.Count)]}.access_pages" : "9";
                run.Add($"IOMMU_TEST_OP_DESTROY_ACCESS_PAGES id={access}.access access_pages_id={item}");
                break;
            case 13:
                var target = run.Pick(0, 1, 2) switch
                {
                    0 => $"{ioas}.ioas",
                    1 => $"{other}.ioas",
                    _ => "77",
                };
                run.Add($"IOMMU_TEST_OP_ACCESS_REPLACE_IOAS id={access}.access ioas_id={target}");
                break;
            case 14:
                run.Add($"IOMMU_IOAS_UNMAP ioas_id={ioas}.ioas iova={Aperture} length={run.Pick(pages, 1) * Page}");
                break;
            default:
                run.Add(run.OneIn(4) ? $"close {access}" : $"IOMMU_DESTROY id={run.Pick(ioas, other)}.ioas");
                break;
        }
    }

    private static void Files(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        if (run.OneIn(2))
            run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN id={ioas}.ioas");
        var pages = run.Pick(1, 2, 4, 8);
        var file = run.Add($"memfd {pages * Page}");
        var access = run.OneIn(2) ? run.Add($"IOMMU_TEST_OP_CREATE_ACCESS id={ioas}.ioas flags={run.Pick(0, 1)}") : 0;
        var count = 4 + run.Below(8);
        for (ulong i = 0; i < count; i++)
        {
            var iova = Aperture + (Page * run.Pick(0, 0, pages, 16));
            switch (run.Below(11))
            {
                case < 4:
                    var fd = run.Rarely(1, 0) == 1 ? "99" : $"{file}.fd";
                    var part =
                        $"start={run.Pick(0, 0, 0, Page, 100, pages * Page)} length={run.Pick(pages * Page, Page, Page, 100, 0)}";
                    var flags = run.Pick(7, 7, 7, 6, 5, 3, 15);
                    run.Add($"IOMMU_IOAS_MAP_FILE ioas_id={ioas}.ioas flags={flags} fd={fd} {part} iova={iova}");
                    break;
                case 4 or 5 when access != 0:
                    var memory = $"mem(16,{run.Below(256)})";
                    var rw = $"iova={iova + run.Pick(0, 8, 4090)} length=16 uptr={memory} flags={run.Pick(0, 1, 5)}";
                    run.Add($"IOMMU_TEST_OP_ACCESS_RW id={access}.access {rw}");
                    break;
                case 6:
                    run.Add(
                        $"IOMMU_IOAS_COPY dst_ioas_id={ioas}.ioas src_ioas_id={ioas}.ioas flags=7 length={Page} dst_iova={iova + (32 * Page)} src_iova={iova}"
                    );
                    break;
                case 7:
                    run.Add($"IOMMU_IOAS_CHANGE_PROCESS __reserved={run.Rarely(1, 0)}");
                    break;
                case 8:
                    DmaBuf(run, file);
                    break;
                case 9 when run.OneIn(3):
                    Map(run, ioas, 1, iova);
                    break;
                case 9:
                    // of the compatibility with VFIO's containers: get, set and clear
                    run.Add($"IOMMU_VFIO_IOAS ioas_id={ioas}.ioas op={run.Pick(0, 1, 1, 2)}");
                    break;
                default:
                    run.Add($"IOMMU_IOAS_UNMAP ioas_id={ioas}.ioas iova={iova} length={run.Pick(pages, 1) * Page}");
                    break;
            }
        }
    }

    /// <summary>7.3.4 makes a descriptor of a dma-buf and does not tell its number: none is mapped.</summary>
    private static void DmaBuf(RunText run, int file)
    {
        if (run.OneIn(2))
            run.Add(
                $"IOMMU_TEST_OP_DMABUF_GET length={run.Pick(1, Page, 512 * Page, 0, (512 * Page) + 1)} open_flags=2"
            );
        else
            run.Add($"IOMMU_TEST_OP_DMABUF_REVOKE dmabuf_fd={(run.OneIn(2) ? "99" : $"{file}.fd")} revoked=1");
    }

    private static void Mmap(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        var device = run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN id={ioas}.ioas");
        var parent = run.Add($"IOMMU_HWPT_ALLOC dev_id={device}.idev pt_id={ioas}.ioas flags=1");
        var on = $"dev_id={device}.idev hwpt_id={parent}.hwpt type=0xdeadbeef";
        var viommus = new List<int>();
        var maps = new List<int>();
        var count = 6 + run.Below(9);
        for (ulong i = 0; i < count; i++)
        {
            var viommu = viommus.Count == 0 ? 0 : viommus[(int)run.Below((ulong)viommus.Count)];
            switch (viommu == 0 ? 0 : run.Below(9))
            {
                case 0 or 1:
                    var data = run.OneIn(6)
                        ? ""
                        : $" data_len=24 data_uptr=iommu_viommu_selftest{{in_data={run.Below(1000)}}}";
                    viommus.Add(run.Add($"IOMMU_VIOMMU_ALLOC {on}{data}"));
                    break;
                case < 5:
                    var length = run.OneIn(6) ? "8192" : $"{viommu}.data_uptr.out_mmap_length";
                    var offset = run.OneIn(6) ? $"{Page * run.Below(4)}" : $"{viommu}.data_uptr.out_mmap_offset";
                    maps.Add(run.Add($"mmap 0 {offset} {length}"));
                    break;
                case 5 when maps.Count > 0:
                    var map = maps[(int)run.Below((ulong)maps.Count)];
                    maps.Remove(map);
                    run.Add($"munmap {map}");
                    break;
                case 6:
                    Map(run, ioas, 1, Aperture + (Page * run.Below(2)));
                    break;
                case 7:
                    var queue = $"type=0xdeadbeef index={run.Below(3)} nesting_parent_iova={Aperture} length={Page}";
                    run.Add($"IOMMU_HW_QUEUE_ALLOC viommu_id={viommu}.viommu {queue}");
                    break;
                default:
                    run.Add($"IOMMU_DESTROY id={viommu}.viommu");
                    break;
            }
        }
    }

    /// <summary>What an IOAS maps at the start of the aperture: the call, and how many pages.</summary>
    private readonly record struct Mapped(int Ioas, int Map, ulong Pages);

    /// <summary>The calls of a run while they are drawn.</summary>
    private sealed class RunText(SplitMix random)
    {
        private readonly ImmutableArray<RecordedCall>.Builder _calls = ImmutableArray.CreateBuilder<RecordedCall>();

        public ImmutableArray<RecordedCall> Calls => _calls.ToImmutable();

        /// <summary>Adds a call and returns its label.</summary>
        public int Add(string text)
        {
            var label = _calls.Count + 1;
            var words = text.Split(' ');
            _calls.Add(new RecordedCall(0, label, words[0], [.. words[1..].Select(Readable)], ""));
            return label;
        }

        /// <summary>With large numbers in hex, as all runs have them.</summary>
        private static string Readable(string word)
        {
            var start = word.IndexOf('=', StringComparison.Ordinal) + 1;
            return RunNumbers.TryParse(word[start..], out var number) ? word[..start] + RunNumbers.Text(number) : word;
        }

        public ulong Below(ulong bound) => random.Below((uint)bound);

        public bool OneIn(uint count) => random.OneIn(count);

        public ulong Pick(params ReadOnlySpan<ulong> numbers) => numbers[(int)random.Below((uint)numbers.Length)];

        public int Pick(int one, int other) => random.Below(2) == 0 ? one : other;

        public ulong Rarely(ulong number, ulong otherwise) => random.OneIn(8) ? number : otherwise;
    }
}
