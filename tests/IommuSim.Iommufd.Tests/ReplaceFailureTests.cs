using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.ReservedRegionTests;

namespace IommuSim.Iommufd.Tests;

/// <summary>What a replace that the driver refuses leaves behind.</summary>
public sealed class ReplaceFailureTests
{
    public static IEnumerable<TheoryDataRow<string>> MockKernels() => Rows.KernelsWhere(t => t.MockAllocates);

    public static IEnumerable<TheoryDataRow<string>> Kernels() => Rows.Kernels();

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Replace_RefusedInOneIoas_HoleIsLostThoughTheDeviceStays(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = BindWithHole(program);
        var a = program.Paging(idev.Id, ioas);
        var b = program.Paging(idev.Id, ioas);
        program.Attach(idev, a);
        var before = KernelState.Of(program);

        Assert.Equal(Errno.EINVAL, Refused(program, idev, b));

        Assert.Equal(before, KernelState.Of(program));
        Assert.Same(program.Context.Objects.Find(a), idev.Group.Hwpt);
        Assert.Same(idev.Group.Hwpt!.Domain, idev.Device.Attached);
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        Finish(program, idev);
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Replace_RefusedAcrossIoases_HoleIsWhereTheKernelUnwinds(string kernel)
    {
        var program = new UserProgram(kernel);
        uint[] ioas = [program.Ioas(), program.Ioas()];
        var idev = BindWithHole(program);
        var a = program.Paging(idev.Id, ioas[0]);
        var b = program.Paging(idev.Id, ioas[1]);
        program.Attach(idev, a);

        Assert.Equal(Errno.EINVAL, Refused(program, idev, b));

        var unwindsOld = kernel is "linux-6.7" or "linux-6.8";
        string[] expected = unwindsOld ? [Whole, WithHole] : [WithHole, Whole];
        Assert.Equal(expected, IovaRanges.OfEach(program, ioas));
        program.Detach(idev);
        program.Unbind(idev);
        program.Close();
        string[] reports = unwindsOld ? ["WARNING in iopt_destroy_table"] : [];
        Assert.Equal(reports, program.Titles());
    }

    [Theory]
    [InlineData("linux-6.7")]
    [InlineData("linux-6.8")]
    public void Replace_RefusedAwayFromNested_ParentIsTakenForAnIoas(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = BindWithHole(program);
        var parent = program.Paging(idev.Id, ioas);
        program.Attach(idev, program.Nested(idev.Id, parent));
        Assert.Equal(Errno.EINVAL, Refused(program, idev, parent));
        Assert.Equal(["KASAN: slab-out-of-bounds in iommufd_device_do_replace"], program.Titles());
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Replace_RefusedForANewAutoDomain_DeadlocksUntilAbortHasItsOwnOp(string kernel)
    {
        var program = new UserProgram(kernel);
        uint[] ioas = [program.Ioas(), program.Ioas()];
        var (stdev, _, _) = program.MockDomain(ioas[0]);
        var before = KernelState.Of(program);
        var hasOp = program.Kernel.Spec.Drivers[0].Ops.DomainAllocUser is not null;
        program.Machine.Decisions.Inject(DecisionKind.DriverOp, hasOp ? 2 : 1);

        var result = program.Call(program.MockReplace(stdev, ioas[1]));

        if (!program.Machine.Has(Bug.A06))
        {
            Assert.Equal("EINVAL", result.ToString());
            Assert.Equal(before, KernelState.Of(program));
            program.Machine.Decisions.Inject(DecisionKind.DriverOp, 0);
            Finish(program);
            return;
        }

        Assert.True(result.Killed);
        Assert.Equal(
            [
                "possible recursive locking detected in iommufd_hw_pagetable_destroy",
                "INFO: task hung in iommufd_hw_pagetable_destroy",
            ],
            program.Titles()
        );
    }

    [Theory]
    [InlineData("base", true)]
    [InlineData("v1/12", true)]
    [InlineData("v2", false)]
    [InlineData("linux-6.6", false)]
    [InlineData("linux-6.8", false)]
    public void Replace_NothingAttached_OopsUntilTheCheck(string kernel, bool dies)
    {
        var program = new UserProgram(kernel);
        var idev = program.Bind();
        var hwpt = program.Paging(idev.Id, program.Ioas());
        var result = program.Replace(idev, hwpt);
        Assert.Equal(dies ? "killed" : "EINVAL", result.ToString());
        string[] reports = dies ? ["BUG: kernel NULL pointer dereference in iommufd_device_do_replace"] : [];
        Assert.Equal(reports, program.Titles());
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void Attach_RefusedByTheDriver_LeavesNothing(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var idev = BindWithHole(program);
        var hwpt = program.Paging(idev.Id, ioas);
        var before = KernelState.Of(program);
        program.Machine.Decisions.Inject(DecisionKind.DriverOp, 1);
        Assert.Equal(Errno.EINVAL, program.Attach(idev, hwpt).Errno);
        program.Machine.Decisions.Inject(DecisionKind.DriverOp, 0);
        Assert.Equal(before, KernelState.Of(program));
        Assert.Equal(Whole, IovaRanges.Of(program, ioas));
        program.Unbind(idev);
        Finish(program);
    }

    private static Errno Refused(UserProgram program, IommufdDevice idev, uint hwpt)
    {
        program.Machine.Decisions.Inject(DecisionKind.DriverOp, 1);
        var result = program.Replace(idev, hwpt);
        program.Machine.Decisions.Inject(DecisionKind.DriverOp, 0);
        Assert.False(result.Killed);
        return result.Errno;
    }

    private static void Finish(UserProgram program, IommufdDevice? idev = null)
    {
        if (idev is not null)
        {
            program.Detach(idev);
            program.Unbind(idev);
        }

        program.Close();
        program.AssertNoReports();
    }
}
