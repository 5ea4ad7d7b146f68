using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>Who may destroy what, and that a refused object leaves its id to the next.</summary>
public sealed class LifetimeTests
{
    public static IEnumerable<TheoryDataRow<string>> Kernels() => Rows.Kernels();

    public static IEnumerable<TheoryDataRow<string>> MockKernels() => Rows.KernelsWhere(t => t.MockAllocates);

    public static IEnumerable<TheoryDataRow<string>> Nesting() => Rows.KernelsWhere(t => t.MockNests);

    [Theory]
    [MemberData(nameof(Nesting))]
    public void Destroy_ParentWithChildren_BusyUntilTheLastIsGone(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (stdev, idev, _) = program.MockDomain(ioas);
        var parent = program.Paging(idev, ioas);
        var first = program.Nested(idev, parent);
        var second = program.Nested(idev, parent);

        program.Expect(Errno.EBUSY, program.Destroy(parent));
        program.Expect(Errno.OK, program.Destroy(first));
        program.Expect(Errno.EBUSY, program.Destroy(parent));
        program.Expect(Errno.OK, program.MockReplace(stdev, second));
        program.Expect(Errno.EBUSY, program.Destroy(second));
        program.Expect(Errno.OK, program.MockReplace(stdev, ioas));
        program.Expect(Errno.OK, program.Destroy(second));
        program.Expect(Errno.OK, program.Destroy(parent));
        program.Expect(Errno.EBUSY, program.Destroy(ioas));
        program.Expect(Errno.OK, program.Destroy(stdev));
        program.Expect(Errno.OK, program.Destroy(ioas));
        program.Expect(Errno.ENOENT, program.Destroy(ioas));
        program.Finish();
    }

    [Theory]
    [MemberData(nameof(Nesting))]
    public void Nested_HoldsTheIoas_OnlyUntilItHoldsJustItsParent(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var parent = program.Paging(idev, ioas);
        var before = program.Context.Objects.Find(ioas)!.Users.Value;
        program.Nested(idev, parent);
        var holdsOnlyParent = program.Traits.ParentFlag != 0;
        Assert.Equal(before + (holdsOnlyParent ? 0 : 1), program.Context.Objects.Find(ioas)!.Users.Value);
        Assert.Equal(2, program.Context.Objects.Find(parent)!.Users.Value);
        program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Destroy_OwnDevice_BusyThoughNothingIsAttached(string kernel)
    {
        var program = new UserProgram(kernel);
        var idev = program.Bind();
        program.Expect(Errno.EBUSY, program.Destroy(idev.Id));
        Assert.Equal(2, idev.Users.Value);
        program.Unbind(idev);
        program.Kernel.RemoveDevice(idev.Device);
        program.Expect(Errno.ENOENT, program.Destroy(idev.Id));
        program.Finish();
    }

    [Theory]
    [MemberData(nameof(MockKernels))]
    public void HwptAlloc_AnswerFaults_IdIsReused(string kernel)
    {
        var program = new UserProgram(kernel);
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var request = program.PagingAlloc(idev, ioas);
        var before = KernelState.Of(program);
        var place = program.Memory.Map(1);
        program.Memory.Write(place, request.Bytes);
        program.Memory.Protect(place, Machine.Memory.PageAccess.ReadOnly);

        Assert.Equal(Errno.EFAULT, program.CallAt(request, place).Errno);

        Assert.Equal(before, KernelState.Of(program));
        Assert.Equal(5u, program.Paging(idev, ioas));
        program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void IoasAlloc_AfterDestroy_LowestIdAgain(string kernel)
    {
        var program = new UserProgram(kernel);
        uint[] ids = [program.Ioas(), program.Ioas(), program.Ioas()];
        Assert.Equal([1u, 2, 3], ids);
        program.Expect(Errno.OK, program.Destroy(2));
        program.Expect(Errno.OK, program.Destroy(1));
        Assert.Equal(1u, program.Ioas());
        Assert.Equal(2u, program.Ioas());
        Assert.Equal(4u, program.Ioas());
        program.Finish();
    }

    [Theory]
    [MemberData(nameof(Nesting))]
    public void Close_ChildWithLowerIdThanParent_TakesNoExtraCare(string kernel)
    {
        var program = new UserProgram(kernel);
        var spare = program.Ioas();
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var parent = program.Paging(idev, ioas);
        program.Expect(Errno.OK, program.Destroy(spare));
        Assert.Equal(spare, program.Nested(idev, parent));
        program.Finish();
    }

    [Fact]
    public void Close_InvalidateAnswerFaultedAtV4_LeaksTheHwpt()
    {
        var program = new UserProgram("v4");
        var ioas = program.Ioas();
        var (_, idev, _) = program.MockDomain(ioas);
        var nested = program.Nested(idev, program.Paging(idev, ioas));
        var request = program.InvalidateAll(nested);
        var place = program.Memory.Map(1);
        program.Memory.Write(place, request.Bytes);
        program.Memory.Protect(place, Machine.Memory.PageAccess.ReadOnly);

        Assert.Equal(Errno.EFAULT, program.CallAt(request, place).Errno);

        program.Expect(Errno.EBUSY, program.Destroy(nested));
        program.Close();
        Assert.Contains("WARNING in iommufd_fops_release", program.Titles(), StringComparer.Ordinal);
        Assert.Contains("memory leak in iommufd_user_managed_hwpt_alloc", program.Titles(), StringComparer.Ordinal);
    }

    public static IEnumerable<TheoryDataRow<string>> KernelsWithVtd() =>
        KernelTree
            .All.Where(node => node.Spec.Drivers.Any(driver => driver.Name == "intel-vtd"))
            .Select(node => new TheoryDataRow<string>(node.Name));

    [Theory]
    [MemberData(nameof(KernelsWithVtd))]
    public void Close_RealDeviceStillBound_FileLivesUntilUnbind(string kernel)
    {
        var program = new UserProgram(kernel);
        var idev = program.Bind("intel-vtd");
        program.Close();
        Assert.False(idev.Freed);
        program.Unbind(idev);
        Assert.True(idev.Freed);
        Assert.True(idev.Context.Freed);
        program.AssertNoReports();
    }
}
