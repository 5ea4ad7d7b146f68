using IommuSim.Iommu;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Source.Objects;
using IommuSim.Uapi;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// What is checked inside of a kernel made of C notices the state that it forbids, written into the C's memory.
/// </summary>
public sealed class CObjectGraphTests
{
    private const string Object = "iommufd_object";
    private const ulong Length = 0x2000;

    private static readonly ReservedRegion s_reserved = new(0x10000000, 0x100fffff, ReservedKind.Reserved);

    public static TheoryData<string> Kernels => [SourceKernel.Linux73, SourceKernel.Linux612];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_ADeviceAttachedToAHwpt_FindsNothing(string variable)
    {
        var (machine, objects) = Attached(variable);
        Assert.Equal(3, objects.Objects.Count);
        Assert.Equal([], Violations(machine));
        var (areas, reserved) = Ranges(machine, objects);
        Assert.Single(areas);
        // The device's range, and what lies before and behind the domain's aperture.
        Assert.Equal(3, reserved.Count);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_ReservedRangeOfNoAttachedDevice_FindsI6(string variable)
    {
        var (machine, objects) = Attached(variable);
        var view = Kernel(machine).Structs;
        var reserved = Assert.Single(
            Ranges(machine, objects).Reserved,
            range => view.Word(range, view.Find("iopt_reserved", "node.start")) == s_reserved.Start
        );
        Write(machine, reserved, "iopt_reserved", "owner", At(objects, "iommufd_device"));
        Assert.Equal(["I6: reserved range without an attached device"], Violations(machine));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_AreaInAReservedRange_FindsI14(string variable)
    {
        var (machine, objects) = Attached(variable);
        var area = Assert.Single(Ranges(machine, objects).Areas);
        Write(machine, area, "iopt_area", "node.last", s_reserved.Start);
        Assert.Equal(["I14: an area lies in a reserved range"], Violations(machine));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_AreaInNoDomain_FindsI12(string variable)
    {
        var (machine, objects) = Attached(variable);
        var area = Assert.Single(Ranges(machine, objects).Areas);
        Write(machine, area, "iopt_area", "storage_domain", 0);
        Assert.Equal(
            [
                "I12: an area is mapped in no domain of its IOAS",
                "I12: the pages of an area and the area disagree on whether a domain maps it",
            ],
            Violations(machine)
        );
        Write(machine, area, "iopt_area", "storage_domain", At(objects, "iommufd_device"));
        Assert.Equal(["I12: an area keeps its pages in a domain that its IOAS does not have"], Violations(machine));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_ReferenceTooMany_FindsI1(string variable)
    {
        var (machine, objects) = Attached(variable);
        AddUsers(machine, At(objects, "iommufd_ioas"), 1);
        Assert.Equal(["I1: an IOAS has more users than referrers"], Violations(machine));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_ReferenceTooFew_FindsI1(string variable)
    {
        var (machine, objects) = Attached(variable);
        AddUsers(machine, At(objects, "iommufd_hwpt_paging"), -1);
        Assert.Equal(["I1: a paging hwpt has fewer users than referrers"], Violations(machine));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_HwptThatNamesNoIoas_FindsI5(string variable)
    {
        var (machine, objects) = Attached(variable);
        var view = Kernel(machine).Structs;
        var ioas = At(objects, "iommufd_hwpt_paging") + view.Find("iommufd_hwpt_paging", "ioas").Offset;
        Kernel(machine).Memory.Store64(ioas, (long)At(objects, "iommufd_device"), site: 0);
        Assert.Contains("I9: the list of an IOAS holds a hwpt of another", Violations(machine));
        Assert.Contains("I1: an IOAS has more users than referrers", Violations(machine));
    }

    private static (SequenceMachine Machine, CObjects Objects) Attached(string variable)
    {
        var machine = new SequenceMachine(SourceKernel.Target(variable));
        var options = new DeviceOptions("dev0", "dev0") { Reserved = [s_reserved] };
        Assert.True(machine.Boot([new DeviceDeclared("mock", options)]));
        var device = CallValue.Result(2, "idev");
        Make(machine, new Call(1, CallKind.Ioctl, "IOMMU_IOAS_ALLOC"));
        Make(machine, Call.Bind(2, 0, 0));
        Make(
            machine,
            new Call(3, CallKind.Ioctl, "IOMMU_HWPT_ALLOC")
                .With("dev_id", device)
                .With("pt_id", CallValue.Result(1, "ioas"))
        );
        Make(machine, Call.OnDevice(4, CallKind.Attach, bound: 2, CallValue.Result(3, "hwpt")));
        Make(
            machine,
            new Call(5, CallKind.Ioctl, "IOMMU_IOAS_MAP")
                .With("ioas_id", CallValue.Result(1, "ioas"))
                .With("flags", CallValue.Of(IoasMapFlags.IOMMU_IOAS_MAP_READABLE))
                .With("user_va", CallValue.At(MemorySpec.Plain(Length)))
                .With("length", CallValue.Of(Length))
        );
        var objects = new CObjects();
        var view = Kernel(machine).Structs;
        Assert.True(objects.Read(view, new CMembers(view), view.PrivateDataOf(machine.Files[0].Descriptor)));
        return (machine, objects);
    }

    private static (List<ulong> Areas, List<ulong> Reserved) Ranges(SequenceMachine machine, CObjects objects)
    {
        var view = Kernel(machine).Structs;
        var (areas, reserved) = (new List<ulong>(), new List<ulong>());
        var ioas = At(objects, "iommufd_ioas");
        var members = new CMembers(view);
        view.ReadTree(ioas + members.IoasAreas.Offset, members.Area.Node, areas);
        view.ReadTree(ioas + members.IoasReserved.Offset, members.Reserved.Node, reserved);
        return (areas, reserved);
    }

    private static void Write(SequenceMachine machine, ulong at, string tag, string member, ulong value) =>
        Kernel(machine).Memory.Store64(at + Kernel(machine).Structs.Find(tag, member).Offset, (long)value, site: 0);

    private static void Make(SequenceMachine machine, Call call)
    {
        var prepared = machine.Prepare(call)!;
        var result = prepared.Issue(machine.Running, machine.Task);
        Assert.Equal("OK", result.ToString());
        machine.Keep(prepared, result);
    }

    private static IommuSim.Source.SourceKernel Kernel(SequenceMachine machine) =>
        (IommuSim.Source.SourceKernel)machine.Running;

    private static ulong At(CObjects objects, string tag) => objects.Objects.Single(o => o.Kind?.Tag == tag).At;

    private static void AddUsers(SequenceMachine machine, ulong at, int count)
    {
        var view = Kernel(machine).Structs;
        var member = view.Find(Object, "users");
        var users = (int)view.Number(at, member) + count;
        Kernel(machine).Memory.Store32(at + member.Offset, users, site: 0);
    }

    private static IEnumerable<string> Violations(SequenceMachine machine)
    {
        var found = new List<Violation>();
        new CObjectGraph(machine).Check(found);
        return found.Select(violation => violation.Title);
    }
}
