using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Search.Schedules;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Tests.Bugs;

/// <summary>Bugs that need two tasks: some schedule shows them, and none does on the fixed kernel.</summary>
public sealed class BugRaceTests
{
    private static readonly Race[] s_races =
    [
        new("A01", UnbindAndDestroy, "WARNING in iommufd_object_destroy_user"),
        new("A02", IoctlAndDestroy, "KASAN: slab-use-after-free in iommufd_put_object"),
        new("A03", DetachAndReplace, "users"),
        new("A07", AttachTwoToOneIoas, "BUG: kernel NULL pointer dereference in iommufd_object_remove"),
        new("A07-in-v1", AttachTwoToOneIoas, "BUG: kernel NULL pointer dereference in iommufd_object_remove"),
        new("N4", AttachAndReplace, "orphan"),
        new("A12", AttachAndDetach, "BUG: kernel NULL pointer dereference in iommufd_object_remove"),
        new("A31", GuestRaces.AllocAndInvalidate, "KMSAN: uninit-value in iommufd_viommu_find_dev"),
        new("M01", GuestRaces.CloseAndDestroy, "KASAN: slab-use-after-free in iommufd_eventq_fops_release"),
        new("M28", GuestRaces.UnmapAndMap, "unmapped"),
        new("N13", GuestRaces.DestroyAndFollow, "refcount_t: addition on 0; use-after-free in _iommufd_object_depend"),
        new("N14", GuestRaces.ReadTwice, "out of order"),
        new("P23", GuestRaces.ReadAndRespond, "KASAN: slab-use-after-free in iommufd_fault_fops_read"),
        new("C10", MappingRaces.PinTwo, "WARNING in iopt_area_remove_access"),
        new("C11", MappingRaces.RevokeAndUnmap, "KASAN: slab-use-after-free in iopt_revoke_notify"),
        new("C25", MappingRaces.FaultAndDestroy, "KASAN: slab-use-after-free in iopf_group_response"),
        new("M20", MappingRaces.MoveAndPin, "BUG: kernel NULL pointer dereference in iommufd_test_syz_conv_iova"),
        new(
            "M31",
            MappingRaces.MapAndChangeProcess,
            "BUG: kernel NULL pointer dereference in iommufd_ioas_change_process"
        ),
        new("P24", GuestRaces.ViommuAndReuse, "KASAN: slab-out-of-bounds in iommufd_viommu_alloc_ioctl"),
    ];

    internal static IEnumerable<string> Ids => s_races.Select(r => r.Id);

    public static IEnumerable<TheoryDataRow<string>> Races() => s_races.Select(r => new TheoryDataRow<string>(r.Id));

    [Theory]
    [MemberData(nameof(Races))]
    public void BugNode_Raced_ShowsItsBugUnderSomeScheduleAndTheFixedKernelUnderNone(string id)
    {
        var race = s_races.Single(r => r.Id == id);
        var node = BugNodeTests.NodeOf(id);
        var found = Explore(node, race, out var schedule);
        Assert.Contains(race.Finding, found, StringComparer.Ordinal);
        Assert.True(RecordedSchedule.TryParse(schedule, 2, out var recorded, out var error), error);
        using var explorer = new ScheduleExplorer();
        var replayed = race.Start(node);
        explorer.Replay(replayed, recorded!);
        Assert.Contains(race.Finding, replayed.Findings(), StringComparer.Ordinal);

        Assert.Equal([], Explore(node.Parent!, race, out _));
    }

    /// <summary>The findings of the first schedule that has any.</summary>
    private static IReadOnlyList<string> Explore(KernelNode node, Race race, out string schedule)
    {
        using var explorer = new ScheduleExplorer();
        IReadOnlyList<string> found = [];
        var text = "";
        var coverage = explorer.Explore(
            () => race.Start(node),
            new ExploreOptions(PreemptionBound: 3),
            (run, self) =>
            {
                found = run.Findings();
                text = self.LastSchedule();
                return found.Count == 0;
            },
            TestContext.Current.CancellationToken
        );
        Assert.True(found.Count > 0 || coverage != ExploreCoverage.Sampled);
        schedule = text;
        return found;
    }

    private static TwoTasks UnbindAndDestroy(KernelNode node)
    {
        var program = new UserProgram(node);
        var idev = program.Bind();
        var destroy = program.Destroy(idev.Id);
        return new TwoTasks(
            program,
            () => DeviceBind.Unbind(idev),
            task => program.Kernel.Ioctl(task, program.Fd, Send(program, destroy), program.Place)
        );
    }

    private static TwoTasks IoctlAndDestroy(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var destroy = program.Destroy(ioas);
        var ranges = program.New("IOAS_IOVA_RANGES").With("ioas_id", ioas);
        var place = program.Memory.Map(1);
        program.Memory.Write(place, ranges.Bytes);
        var request = Send(program, destroy);
        return new TwoTasks(
            program,
            task => program.Kernel.Ioctl(task, program.Fd, IoctlNumber.Request(ranges.Nr), place),
            task => program.Kernel.Ioctl(task, program.Fd, request, program.Place)
        );
    }

    private static TwoTasks DetachAndReplace(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var (first, second) = (program.Bind(group: "g"), program.Bind(group: "g"));
        var old = program.PlainPaging(first.Id, ioas);
        var target = program.PlainPaging(first.Id, ioas);
        program.Attach(first, old);
        program.Attach(second, old);
        return new TwoTasks(
            program,
            () => DeviceAttach.Detach(first, DeviceAttach.NoPasid),
            () =>
            {
                var id = target;
                DeviceAttach.Replace(second, DeviceAttach.NoPasid, ref id);
            }
        )
        {
            Also = () => Users(program, old) + Users(program, target) == 3 ? null : "users",
        };
    }

    private static TwoTasks AttachTwoToOneIoas(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var (first, second) = (program.Bind(), program.Bind());
        return new TwoTasks(program, () => Attach(first), () => Attach(second));

        void Attach(IommufdDevice idev)
        {
            var id = ioas;
            DeviceAttach.Attach(idev, DeviceAttach.NoPasid, ref id);
        }
    }

    private static TwoTasks AttachAndReplace(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var (first, second) = (program.Bind(), program.Bind());
        var explicitHwpt = program.PlainPaging(first.Id, ioas);
        var automatic = ioas;
        program.Attach(first, ref automatic);
        program.Attach(second, explicitHwpt);
        return new TwoTasks(
            program,
            () =>
            {
                var id = ioas;
                DeviceAttach.Attach(second, DeviceAttach.NoPasid, ref id);
            },
            () =>
            {
                var id = explicitHwpt;
                DeviceAttach.Replace(first, DeviceAttach.NoPasid, ref id);
            }
        )
        {
            Also = () => program.Context.Objects.TryFind(automatic, out _) ? "orphan" : null,
        };
    }

    private static TwoTasks AttachAndDetach(KernelNode node)
    {
        var program = new UserProgram(node);
        var ioas = program.Ioas();
        var idev = program.Bind();
        return new TwoTasks(
            program,
            () =>
            {
                var id = ioas;
                DeviceAttach.Attach(idev, DeviceAttach.NoPasid, ref id);
            },
            () => DeviceAttach.Detach(idev, DeviceAttach.NoPasid)
        );
    }

    private static uint Send(UserProgram program, Request request)
    {
        program.Memory.Write(program.Place, request.Bytes);
        return IoctlNumber.Request(request.Nr);
    }

    private static int Users(UserProgram program, uint id) => program.Context.Objects.Find(id)!.Users.Value;

    private sealed record Race(string Id, Func<KernelNode, TwoTasks> Start, string Finding);
}
