using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Testing;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests;

/// <summary>What VFIO calls, through <see cref="IKernel"/> alone.</summary>
public sealed class KernelInterfaceTests
{
    private readonly KernelTask _task = new("P0", new UserAddressSpace());

    [Fact]
    public void TryAddDevice_UnknownDriverOrOption_SaysWhich()
    {
        var kernel = Boot("linux-6.8");

        Assert.False(kernel.TryAddDevice("none", new DeviceOptions("dev0", "group0"), out _, out var driver));
        Assert.Equal("there is no driver 'none'", driver);
        var options = new DeviceOptions("dev0", "group0");
        options = options with { Settings = options.Settings.Add("colour", "red") };
        Assert.False(kernel.TryAddDevice("mock", options, out _, out var option));
        Assert.Equal("a device of 'mock' has no option 'colour'", option);
    }

    [Fact]
    public void Bind_ClosedFile_IsEBADF()
    {
        var kernel = Boot("linux-6.8");
        var device = Add(kernel, "mock");

        Assert.Equal(Errno.EBADF, kernel.Bind(_task, 7, device, out var binding).Errno);
        Assert.Null(binding);
    }

    [Fact]
    public void Close_FileWithABoundMock_LeavesABindingThatIsGone()
    {
        var kernel = Boot("linux-6.8");
        var device = Add(kernel, "mock");
        kernel.Open(_task, out var fd);
        Assert.True(kernel.Bind(_task, fd, device, out var binding).Succeeded);
        Assert.False(binding!.IsGone);

        Assert.True(kernel.Close(_task, fd).Succeeded);

        Assert.True(binding.IsGone);
        Assert.Equal("WARNING in iommufd_fops_release", kernel.Machine.Reports[0].Title);
    }

    [Theory]
    [InlineData("linux-6.8", Errno.EOPNOTSUPP)]
    [InlineData("linux-7.3", Errno.ENOENT)]
    public void AttachAndReplace_Pasid_NeedAKernelThatHasThem(string name, Errno errno)
    {
        var kernel = Boot(name);
        var device = Add(kernel, "mock");
        kernel.Open(_task, out var fd);
        kernel.Bind(_task, fd, device, out var binding);
        uint missing = 99;

        Assert.Equal(errno, kernel.Attach(_task, binding!, pasid: 3, ref missing).Errno);
        Assert.Equal(errno, kernel.Replace(_task, binding!, pasid: 3, ref missing).Errno);
        Assert.Equal(Errno.ENOENT, kernel.Attach(_task, binding!, pasid: 0, ref missing).Errno);
        Assert.True(kernel.Unbind(_task, binding!).Succeeded);
        Assert.Empty(kernel.Machine.Reports);
    }

    private static IKernel Boot(string name) => UserProgram.NodeOf(name).Boot();

    private static IKernelDevice Add(IKernel kernel, string driver)
    {
        Assert.True(kernel.TryAddDevice(driver, new DeviceOptions("dev0", "group0"), out var device, out _));
        return device;
    }
}
