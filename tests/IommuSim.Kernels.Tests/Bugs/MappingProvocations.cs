using System.Runtime.InteropServices;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Testing;
using IommuSim.Uapi;
using static IommuSim.Kernels.Tests.Bugs.MappingSteps;
using static IommuSim.Kernels.Tests.Bugs.ProvocationSteps;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>One for each bug of pages, accesses, containers and dirty bitmaps that one task shows.</summary>
internal static class MappingProvocations
{
    public static Provocation[] All { get; } =
    [
        new(
            "M19",
            RefusedMove,
            "EADDRINUSE",
            "EADDRINUSE; WARNING in iopt_remove_access, WARNING in iopt_remove_access, WARNING in iopt_destroy_table"
        ),
        new("M25", UnmapAQueue, "EBUSY", "EDEADLK; WARNING in iopt_unmap_iova_range"),
        new(
            "M32",
            ChangeProcessWithoutMemory,
            "ENOMEM",
            "ENOMEM; lock held when returning to user space in iommufd_take_all_iova_rwsem"
        ),
        new("M33", p => Container(p, mapped: 0, UnmapOf(Place, Page)), "OK", "ENOENT"),
        new("M36", SmallPagesForParts, "EADDRINUSE", "OK"),
        new("M40a", p => DirtyProvocations.OfAPart(p), "11110000 11110000", "00000000 11111111"),
        new("M40b", DirtyProvocations.AcrossPages, "255", "0"),
        new(
            "C01",
            CutAndAttach,
            "EOVERFLOW OK",
            "EOVERFLOW OK; KASAN: slab-use-after-free in interval_tree_double_span_iter_next, "
                + "KASAN: slab-use-after-free in interval_tree_double_span_iter_next"
        ),
        new(
            "C02",
            LeaveBesideAnAccess,
            "OK",
            "OK; WARNING in iopt_pages_sub_npinned, WARNING in update_unpinned, WARNING in iopt_release_pages"
        ),
        new("C06", MapWhatEnds, "EFAULT", "EFAULT; WARNING in iopt_release_pages"),
        new("C12", PinABuffer, "EINVAL", "OK"),
        new("C13", SecondDomainOfABuffer, "Read, Write, Mmio", "Read, Write, Cache"),
        new("C14", InfoPadding, "OK 0", "OK 4294936704"),
        new(
            "C15",
            p => Container(p, mapped: 1, InfoOf()),
            "OK",
            "OK; possible circular locking dependency detected in iommufd_get_pagesizes"
        ),
        new("C17", UnmapWithoutAnswer, "EFAULT", "OK"),
        new("C22", UnmapAParent, "OK", "killed; BUG: kernel NULL pointer dereference in cache_tag_flush_iotlb"),
        new("C26", CheckBeyondAll, "EINVAL", "EOVERFLOW"),
    ];

    /// <summary>The second of two accesses is refused by an IOAS with half a page, and then closed.</summary>
    private static string RefusedMove(UserProgram program)
    {
        var (ioas, halves) = (program.Ioas(), program.Ioas());
        program.Must(Map(program, halves, Place, Page / 2), "size");
        var (first, second) = (Access(program, ioas), Access(program, ioas));
        var moved = program.Call(Move(program, second, halves));
        End(program, second, first);
        return Say(moved);
    }

    private static string UnmapAQueue(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind());
        var viommu = program.Viommu(idev, ioas);
        var queue = PlantedGuestProvocations.HwQueue(program, ioas, viommu, 0);
        program.Must(queue, "out_hw_queue_id");
        return Say(program.Call(Unmap(program, ioas, queue["nesting_parent_iova"], Page)));
    }

    private static string ChangeProcessWithoutMemory(UserProgram program)
    {
        program.Ioas();
        var change = program.New("IOAS_CHANGE_PROCESS");
        return Say(program.Injected(DecisionKind.Allocation, 1, () => program.Call(change)));
    }

    private static string SmallPagesForParts(UserProgram program)
    {
        var ioas = program.Ioas();
        var map = Map(program, ioas, Place, Page);
        program.Must(map.With("user_va", map["user_va"] + (Page / 2)), "size");
        return Say(program.Call(SmallPages(program, ioas)));
    }

    /// <summary>A range that wraps is cut at both ends before it is refused.</summary>
    private static string CutAndAttach(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(SmallPages(program, ioas), "size");
        var (_, idev, _) = program.MockDomain(ioas);
        program.Must(Map(program, ioas, Place, 2 * Page), "size");
        SetContainer(program, ioas);
        var cut = UnmapOf(Place + Page, ulong.MaxValue - Place)(program);
        return Say(cut, program.Call(program.HwptAlloc(idev, ioas)));
    }

    private static string LeaveBesideAnAccess(UserProgram program)
    {
        var ioas = program.Ioas();
        var (stdev, _, _) = program.MockDomain(ioas);
        var map = Map(program, ioas, Place, 4 * Page);
        program.Must(map, "size");
        var access = Access(program, ioas);
        program.Must(Pin(program, access, Place, map["user_va"]), "out_access_pages_id");
        var left = program.Call(program.Destroy(stdev));
        End(program, access);
        return Say(left);
    }

    /// <summary>Of two pages the second is not there.</summary>
    private static string MapWhatEnds(UserProgram program)
    {
        var ioas = program.Ioas();
        program.MockDomain(ioas);
        return Say(program.Call(Map(program, ioas, Place, Page).With("length", 2 * Page)));
    }

    private static string PinABuffer(UserProgram program)
    {
        var ioas = program.Ioas();
        program.Must(MapBuffer(program, ioas, out _), "size");
        return Say(program.Call(Pin(program, Access(program, ioas), Place, memory: 0)));
    }

    private static string SecondDomainOfABuffer(UserProgram program)
    {
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        program.Must(MapBuffer(program, ioas, out _), "size");
        var second = program.Must(program.HwptAlloc(idev, ioas), "out_hwpt_id");
        var hwpt = (HwPagetable)program.Context.Objects.Find(second)!;
        return $"{hwpt.Domain!.PageTable.First(Place, Place)!.Value.Prot}";
    }

    private static string InfoPadding(UserProgram program)
    {
        SetContainer(program, program.Ioas());
        var answer = InfoOf()(program);
        return Say(answer, program.Get<VfioIommuInfo>(program.DataPlace).Pad);
    }

    /// <summary>The second copy of the call is that of its answer.</summary>
    private static string UnmapWithoutAnswer(UserProgram program)
    {
        SetContainer(program, program.Ioas());
        return Say(program.Injected(DecisionKind.Copy, 2, () => UnmapOf(Place, Page)(program)));
    }

    /// <summary>Devices use the parent by a nested domain alone.</summary>
    private static string UnmapAParent(UserProgram program)
    {
        var (ioas, idev) = (program.Ioas(), program.Bind("intel-vtd"));
        var parent = program.Must(program.Parent(idev.Id, ioas), "out_hwpt_id");
        program.Attach(idev, program.Must(program.VtdNested(idev.Id, parent), "out_hwpt_id"));
        program.Must(Map(program, ioas, Place, Page), "size");
        return Say(program.Call(Unmap(program, ioas, Place, Page)));
    }

    private static string CheckBeyondAll(UserProgram program)
    {
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var check = program
            .NewTest("MD_CHECK_MAP")
            .With("id", program.Must(program.HwptAlloc(idev, ioas), "out_hwpt_id"))
            .With("iova", Place)
            .With("length", Page)
            .With("uptr", ulong.MaxValue - Page + 1);
        return Say(program.Call(check));
    }
}
