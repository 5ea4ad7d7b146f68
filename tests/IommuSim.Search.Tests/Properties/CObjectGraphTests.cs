using IommuSim.Iommu;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Source.Objects;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// What is checked inside of a kernel made of C notices the state that it forbids, written into the C's memory.
/// </summary>
public sealed class CObjectGraphTests
{
    private const string Object = "iommufd_object";

    public static TheoryData<string> Kernels => [SourceKernel.Linux73, SourceKernel.Linux612];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Check_ADeviceAttachedToAHwpt_FindsNothing(string variable)
    {
        var (machine, objects) = Attached(variable);
        Assert.Equal(3, objects.Objects.Count);
        Assert.Equal([], Violations(machine));
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
        var ioas = view.AddressOf(At(objects, "iommufd_hwpt_paging"), "iommufd_hwpt_paging", "ioas");
        Kernel(machine).Memory.Store64(ioas, (long)At(objects, "iommufd_device"), site: 0);
        Assert.Contains("I9: the list of an IOAS holds a hwpt of another", Violations(machine));
        Assert.Contains("I1: an IOAS has more users than referrers", Violations(machine));
    }

    private static (SequenceMachine Machine, CObjects Objects) Attached(string variable)
    {
        var machine = new SequenceMachine(SourceKernel.Target(variable));
        Assert.True(machine.Boot([new DeviceDeclared("mock", new DeviceOptions("dev0", "dev0"))]));
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
        var objects = new CObjects();
        var view = Kernel(machine).Structs;
        Assert.True(objects.Read(view, view.PrivateDataOf(machine.Files[0].Descriptor)));
        return (machine, objects);
    }

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
        var users = (int)view.Number(at, Object, "users") + count;
        Kernel(machine).Memory.Store32(view.AddressOf(at, Object, "users"), users, site: 0);
    }

    private static IEnumerable<string> Violations(SequenceMachine machine)
    {
        var found = new List<Violation>();
        new CObjectGraph(machine).Check(found);
        return found.Select(violation => violation.Title);
    }
}
