namespace IommuSim.Search.Recordings;

/// <summary>
/// Runs that look at what Linux did: the selftest's own checks of mappings, of pins, and of the caches of a guest.
/// </summary>
internal static partial class FamilyDraw
{
    /// <summary>Of the selftest: nested page tables, their invalidation, vIOMMUs, and their invalidation.</summary>
    private const string Nested = "0xdead";
    private const string Guest = "0xdeadbeef";

    /// <summary>What the selftest's caches hold at first.</summary>
    private const string Iotlb = "0xbadbeef";
    private const string Cache = "0xbaddad";

    private static void Checks(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        var device = run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN id={ioas}.ioas");
        var pages = run.Pick(1, 2, 4, 8);
        var map = Map(run, ioas, pages, Aperture);
        var mapped = true;
        var count = 5 + run.Below(9);
        for (ulong i = 0; i < count; i++)
        {
            var first = run.Rarely(run.Below(pages), 0);
            var length = run.Rarely(run.Pick(100, 0, 2 * pages * Page), (pages - first) * Page);
            var uptr = $"@{map}.user_va+{(first * Page) + run.Rarely(Page, 0)}";
            switch (run.Below(12))
            {
                case < 4:
                    var range = $"iova={Aperture + (first * Page)} length={length} uptr={uptr}";
                    run.Add($"IOMMU_TEST_OP_MD_CHECK_MAP id={device}.hwpt {range}");
                    break;
                case < 6:
                    var refs = run.Rarely(run.Below(3), mapped ? 1u : 0);
                    run.Add($"IOMMU_TEST_OP_MD_CHECK_REFS length={length} uptr={uptr} refs={refs}");
                    break;
                case < 8:
                    var ranges = $"num_iovas={run.Pick(8, 8, 1, 0)} allowed_iovas=mem({run.Pick(128, 128, 16)})";
                    run.Add($"IOMMU_IOAS_IOVA_RANGES ioas_id={ioas}.ioas {ranges}");
                    break;
                case 8:
                    var to = $"dst_ioas_id={ioas}.ioas dst_iova={Aperture + (Page * run.Pick(64, 128, 0))}";
                    run.Add(
                        $"IOMMU_IOAS_COPY flags={run.Pick(7, 7, 5)} {to} src_ioas_id={ioas}.ioas src_iova={Aperture} length={pages * Page}"
                    );
                    break;
                case 9:
                    run.Add(
                        $"IOMMU_HWPT_ALLOC dev_id={device}.idev pt_id={ioas}.ioas flags={run.Pick(0, 1, 2, 8, 16)}"
                    );
                    break;
                case 10:
                    run.Add($"IOMMU_IOAS_UNMAP ioas_id={ioas}.ioas iova={Aperture} length={run.Pick(pages, 1) * Page}");
                    mapped = pages > 1 && mapped;
                    break;
                default:
                    run.Add(
                        $"IOMMU_OPTION option_id=1 op={run.Pick(0, 1)} object_id={ioas}.ioas val64={run.Pick(0, 1)}"
                    );
                    break;
            }
        }
    }

    private static void Caches(RunText run)
    {
        var ioas = run.Add("IOMMU_IOAS_ALLOC");
        var device = run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN id={ioas}.ioas");
        var parent = run.Add($"IOMMU_HWPT_ALLOC dev_id={device}.idev pt_id={ioas}.ioas flags=1");
        var start = run.Rarely(run.Below(100), 0xbadbeef);
        var data = $"data_type={Nested} data_len=8 data_uptr=iommu_hwpt_selftest{{iotlb={start}}}";
        var nested = run.Add($"IOMMU_HWPT_ALLOC dev_id={device}.idev pt_id={parent}.hwpt {data}");
        var viommu = run.Add($"IOMMU_VIOMMU_ALLOC dev_id={device}.idev hwpt_id={parent}.hwpt type={Guest}");
        var number = run.Pick(0x99, 0x99, 7);
        if (!run.OneIn(4))
            run.Add($"IOMMU_VDEVICE_ALLOC viommu_id={viommu}.viommu dev_id={device}.idev virt_id={number}");
        if (run.OneIn(3))
            run.Add($"IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE id={device}.stdev pt_id={nested}.hwpt");
        var count = 5 + run.Below(9);
        for (ulong i = 0; i < count; i++)
        {
            var at = run.Rarely(9, run.Below(4));
            switch (run.Below(8))
            {
                case < 2:
                    run.Add(
                        $"IOMMU_TEST_OP_MD_CHECK_IOTLB id={nested}.hwpt iotlb_id={at} iotlb={(run.OneIn(3) ? "0" : Iotlb)}"
                    );
                    break;
                case 2:
                    run.Add(
                        $"IOMMU_TEST_OP_DEV_CHECK_CACHE id={device}.idev cache_id={at} cache={(run.OneIn(3) ? "0" : Cache)}"
                    );
                    break;
                case < 5:
                    Invalidate(run, $"{nested}.hwpt", "iommu_hwpt_invalidate_selftest", 8, $"iotlb_id={at}");
                    break;
                case < 7:
                    var vdev = $"vdev_id={run.Rarely(1, number)},cache_id={at}";
                    Invalidate(run, $"{viommu}.viommu", "iommu_viommu_invalidate_selftest", 12, vdev);
                    break;
                default:
                    run.Add($"IOMMU_DESTROY id={run.Pick(nested, parent)}.hwpt");
                    break;
            }
        }
    }

    private static void Invalidate(RunText run, string of, string entry, ulong length, string fields)
    {
        var flags = run.Pick(0, 0, 0, 1, 1, run.Rarely(2, 0));
        var entries = $"{entry}{{flags={flags},{fields}}}" + (run.OneIn(2) ? $"{{flags=0,{fields}}}" : "");
        var number = run.Rarely(3 * run.Below(2), (ulong)(entries.Split('{').Length - 1));
        var told = $"data_type={(run.OneIn(8) ? "1" : Guest)} entry_len={run.Rarely(4, length)} entry_num={number}";
        run.Add($"IOMMU_HWPT_INVALIDATE hwpt_id={of} data_uptr={entries} {told}");
    }
}
