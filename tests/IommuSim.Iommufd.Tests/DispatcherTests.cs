using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>What happens to a request before its handler sees it.</summary>
public sealed class DispatcherTests
{
    private const uint WrongType = 0x3a00;

    public static IEnumerable<TheoryDataRow<string>> Kernels() => Rows.Kernels();

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ioctl_NumberOutOfRange_NotATypewriterBeforeAnyAccess(string kernel)
    {
        var program = new UserProgram(kernel);

        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3b7f, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3b00, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3ba1, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3bff, 0));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ioctl_HoleInTable_SizeIsReadFirst(string kernel)
    {
        var program = new UserProgram(kernel);

        Assert.Equal(Errno.EFAULT, Raw(program, 0x3b9f, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3b9f, program.Place));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ioctl_WrongTypeByte_SizeIsReadFirst(string kernel)
    {
        var program = new UserProgram(kernel);

        Assert.Equal(Errno.EFAULT, Raw(program, WrongType | IoctlNumber.IOMMU_DESTROY, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, WrongType | IoctlNumber.IOMMU_DESTROY, program.Place));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ioctl_WithoutSelftest_TableEndsBeforeTestCmd(string kernel)
    {
        var program = new UserProgram(kernel, new BuildSwitches(IommufdTest: false));

        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3b9f, 0));
        Assert.Equal(Errno.ENOTTY, Raw(program, 0x3ba0, 0));
        program.AssertNoReports();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ioctl_SizeWordAtEndOfMemory_FaultsOnlyForTheStruct(string kernel)
    {
        var program = new UserProgram(kernel);
        var address = program.Memory.Map(UserAddressSpace.PageSize) + UserAddressSpace.PageSize - 4;
        program.Memory.Write(address, [7, 0, 0, 0]);
        Assert.Equal(Errno.EINVAL, Raw(program, 0x3b80, address));
        program.Memory.Write(address, [8, 0, 0, 0]);
        Assert.Equal(Errno.EFAULT, Raw(program, 0x3b80, address));
        program.AssertNoReports();
    }

    [Fact]
    public void Ioctl_TailReachesAbsentPage_FaultsUnlessAByteBeforeIsSet()
    {
        var program = new UserProgram("linux-6.8");
        var address = program.Memory.Map(UserAddressSpace.PageSize) + UserAddressSpace.PageSize - 16;
        program.Memory.Write(address, [200, 0, 0, 0]);
        Assert.Equal(Errno.EFAULT, Raw(program, 0x3b80, address));
        program.Memory.Write(address + 12, [1]);
        Assert.Equal(Errno.E2BIG, Raw(program, 0x3b80, address));
        program.AssertNoReports();
    }

    [Fact]
    public void Ioctl_TailOfZeroesAcrossPages_IsAccepted()
    {
        var program = new UserProgram("linux-6.8");
        var ioas = program.Ioas();
        program.Place = program.Memory.Map(3 * UserAddressSpace.PageSize);
        program.Expect(Errno.OK, program.Destroy(ioas).WithTail(new byte[9000]));
        program.AssertNoReports();
    }

    [Fact]
    public void Ioctl_ClosedDescriptor_BadDescriptor()
    {
        var program = new UserProgram("linux-6.8");
        program.Close();
        Assert.Equal(Errno.EBADF, Raw(program, 0x3b80, program.Place));
        Assert.Equal(Errno.EBADF, program.Kernel.Close(program.Task, program.Fd).Errno);
        Assert.Equal(Errno.EBADF, program.Kernel.Ioctl(program.Task, -1, 0x3b80, 0).Errno);
        program.AssertNoReports();
    }

    private static Errno Raw(UserProgram program, uint request, ulong address)
    {
        var result = program.Kernel.Ioctl(program.Task, program.Fd, request, address);
        Assert.False(result.Killed);
        return result.Errno;
    }
}
