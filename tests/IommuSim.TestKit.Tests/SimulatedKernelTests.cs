using IommuSim.Iommu.Syscalls;
using IommuSim.Uapi;

namespace IommuSim.TestKit.Tests;

public sealed class SimulatedKernelTests
{
    [Theory]
    [InlineData("linux-7.3")]
    [InlineData("v1/12,gcc=O0")]
    public void Boot_Kernel_AttachesADeviceToAnIoas(string name)
    {
        using var kernel = SimulatedKernel.Boot(name);
        var device = kernel.AddDevice();
        var iommu = kernel.Open();
        var bound = iommu.Bind(device);
        Assert.True(iommu.IoasAlloc(out var ioas).Succeeded);
        var hwpt = ioas;
        Assert.True(bound.Attach(ref hwpt).Succeeded);
        Assert.NotEqual(ioas, hwpt);
        Assert.Equal(Errno.EBUSY, iommu.Destroy(ioas).Errno);
        Assert.True(bound.Detach().Succeeded);
        Assert.True(iommu.Destroy(ioas).Succeeded);
        Assert.Empty(kernel.Reports);
    }

    [Fact]
    public void Boot_KernelOfC_IsUsedAsAModelIs()
    {
        var file = Environment.GetEnvironmentVariable("IOMMUSIM_KERNEL_73");
        Assert.SkipWhen(string.IsNullOrEmpty(file), "IOMMUSIM_KERNEL_73 names no kernel made of the C of Linux 7.3");
        using var kernel = SimulatedKernel.Boot(file);
        var device = kernel.AddDevice();
        using var iommu = kernel.Open();
        var bound = iommu.Bind(device);
        iommu.IoasAlloc(out var ioas);
        Assert.True(bound.Attach(ioas).Succeeded);
        Assert.Equal("OK", iommu.Map(ioas, iova: 0x1000000, length: 0x2000).ToString());
        Assert.True(iommu.Unmap(ioas, 0x1000000, 0x2000, out var unmapped).Succeeded);
        Assert.Equal(0x2000ul, unmapped);
        Assert.Equal(Errno.EBUSY, iommu.Destroy(ioas).Errno);
        Assert.Empty(kernel.Reports);
    }

    [Fact]
    public void Ioctl_TypedStruct_GetsTheOutputs()
    {
        using var kernel = SimulatedKernel.Boot("linux-7.3");
        var iommu = kernel.Open();
        var argument = new IoasAllocCmd();
        Assert.True(iommu.Ioctl(ref argument).Succeeded);
        Assert.NotEqual(0u, argument.OutIoasId);
        argument.Flags = 1;
        Assert.Equal(Errno.EOPNOTSUPP, iommu.Ioctl(ref argument).Errno);
    }

    [Fact]
    public void Ioctl_ByNames_LeavesOutWhatTheKernelHasNot()
    {
        using var kernel = SimulatedKernel.Boot("base");
        var device = kernel.AddDevice();
        var iommu = kernel.Open();
        var id = iommu.Bind(device).Id;
        iommu.IoasAlloc(out var ioas);
        var made = iommu.Ioctl("IOMMU_HWPT_ALLOC", ("dev_id", id), ("pt_id", ioas), ("data_type", 7ul));
        Assert.True(made.Result.Succeeded);
        Assert.NotEqual(0u, made.Id("out_hwpt_id"));
        Assert.Equal(0u, made["data_type"]);
    }

    [Fact]
    public void Reports_OfABug_HaveItsTitle()
    {
        using var kernel = SimulatedKernel.Boot("v1/smmuv3");
        var device = kernel.AddDevice("mock");
        var iommu = kernel.Open();
        var id = iommu.Bind(device).Id;
        iommu.IoasAlloc(out var ioas);
        iommu.Ioctl("IOMMU_HWPT_ALLOC", ("dev_id", id), ("pt_id", ioas), ("data_type", 64ul));
        Assert.Contains(kernel.Reports, r => r.Title == "KASAN: global-out-of-bounds in iommufd_hwpt_alloc");
    }

    [Theory]
    [InlineData("linux-7.33", "there is no kernel 'linux-7.33'")]
    [InlineData("nowhere.kernel", "nowhere.kernel")]
    [InlineData("base,gcc", "'gcc' in 'base,gcc' is no build switch")]
    public void Boot_OfNoKernel_SaysWhat(string name, string sentence)
    {
        var refused = Assert.Throws<ArgumentException>(() => SimulatedKernel.Boot(name));
        Assert.Contains(sentence, refused.Message);
    }

    [Fact]
    public void AddDevice_UnknownDriver_SaysWhat()
    {
        using var kernel = SimulatedKernel.Boot("linux-7.3");
        Assert.Contains("no driver 'mok'", Assert.Throws<ArgumentException>(() => kernel.AddDevice("mok")).Message);
    }

    [Fact]
    public void Ioctl_OfNoSuchName_SaysWhat()
    {
        using var kernel = SimulatedKernel.Boot("linux-6.8");
        var iommu = kernel.Open();
        var refused = Assert.Throws<ArgumentException>(() => iommu.Ioctl("IOMMU_VIOMMU_ALLOC"));
        Assert.Contains("linux-6.8 has no IOMMU_VIOMMU_ALLOC", refused.Message);
    }

    [Fact]
    public void Dispose_AfterATaskDied_LeavesWhatItHeld()
    {
        var kernel = SimulatedKernel.Boot("v1/08");
        var device = kernel.AddDevice("mock");
        var iommu = kernel.Open();
        var answer = iommu.Ioctl("IOMMU_GET_HW_INFO", ("dev_id", iommu.Bind(device).Id));
        Assert.Equal(SyscallResult.Of(Errno.EOPNOTSUPP), answer.Result);
        kernel.Dispose();
        Assert.Empty(kernel.Reports);
    }
}
