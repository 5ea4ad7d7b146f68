using IommuSim.Machine.Memory;
using IommuSim.Uapi;
using static IommuSim.Iommufd.Tests.Vfio.ContainerProgram;

namespace IommuSim.Iommufd.Tests.Vfio;

/// <summary>What /dev/iommu answers of VFIO's containers.</summary>
public sealed class ContainerTests
{
    private const ulong Absent = 0x7000_0000_0000;
    private const uint All = VfioDmaUnmap.VFIO_DMA_UNMAP_FLAG_ALL;

    public static TheoryData<string> Kernels => ["linux-6.12", "linux-7.3"];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void VfioIoas_SetAndCleared_IsWhatIsReturned(string kernel)
    {
        var container = new ContainerProgram(kernel);
        var (_, _, hwpt) = container.Program.MockDomain(container.Ioas);
        container.Program.Expect(Errno.ENODEV, container.Choose(0));
        container.Program.Expect(Errno.ENOENT, container.Choose(1, 999));
        container.Program.Expect(Errno.ENOENT, container.Choose(1, hwpt));
        container.Set();
        Assert.Equal(container.Ioas, container.Program.Must(container.Choose(0), "ioas_id"));
        container.Program.Expect(Errno.EOPNOTSUPP, container.Choose(3));
        container.Program.Expect(Errno.EOPNOTSUPP, container.Choose(2).With("__reserved", 1));
        Assert.Equal(container.Ioas, container.Program.Must(container.Choose(0), "ioas_id"));
        container.Program.Expect(Errno.OK, container.Choose(2));
        container.Program.Expect(Errno.ENODEV, container.Choose(0));
        container.Program.Finish();
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void VfioIoas_Destroyed_IsForgotten(string kernel)
    {
        var container = new ContainerProgram(kernel);
        container.Set();
        container.Program.Expect(Errno.OK, container.Program.Destroy(container.Ioas));
        container.Program.Expect(Errno.ENODEV, container.Choose(0));
        Assert.Equal(Errno.ENODEV, container.Unmap(0, 0, All).Errno);
        container.Program.Finish();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(9, 1)]
    [InlineData(6, 0)]
    [InlineData(8, 0)]
    [InlineData(10, 0)]
    [InlineData(ulong.MaxValue, 0)]
    public void CheckExtension_Number_IsOneForWhatThereIs(ulong extension, long value)
    {
        var container = new ContainerProgram();
        var result = container.Call(IoctlNumber.VFIO_CHECK_EXTENSION, extension);
        Assert.Equal((Errno.OK, value), (result.Errno, result.Value));
        container.Program.Finish();
    }

    [Fact]
    public void CheckExtension_Coherent_AsksTheHwptsOfTheIoas()
    {
        var container = new ContainerProgram();
        Assert.Equal(Errno.ENODEV, container.Call(IoctlNumber.VFIO_CHECK_EXTENSION, 4).Errno);
        container.Set();
        Assert.Equal(1, container.Call(IoctlNumber.VFIO_CHECK_EXTENSION, 4).Value);
        var (_, _, id) = container.Program.MockDomain(container.Ioas);
        var hwpt = (HwPagetable)container.Program.Context.Objects.Find(id)!;
        var value = container.Call(IoctlNumber.VFIO_CHECK_EXTENSION, 4).Value;
        Assert.Equal(hwpt.EnforcesCacheCoherency ? 1 : 0, value);
        container.Program.Finish();
    }

    [Fact]
    public void GetApiVersion_Always_IsZero()
    {
        var container = new ContainerProgram();
        var result = container.Call(IoctlNumber.VFIO_GET_API_VERSION, 77);
        Assert.Equal((Errno.OK, 0L), (result.Errno, result.Value));
        container.Program.Finish();
    }

    [Fact]
    public void Ioctl_OtherNumbersOfVfio_AreUnknown()
    {
        var container = new ContainerProgram();
        Assert.Equal(Errno.ENOTTY, container.Call(0x75, 0).Errno);
        const uint OtherType = 0x3a71;
        var other = container.Program.Kernel.Ioctl(container.Program.Task, container.Program.Fd, OtherType, 0);
        Assert.Equal(Errno.ENOTTY, other.Errno);
        container.Program.Finish();
    }

    [Fact]
    public void Ioctl_KernelWithoutContainers_KnowsNone()
    {
        var program = new UserProgram("linux-6.8");
        var result = program.Kernel.Ioctl(program.Task, program.Fd, IoctlNumber.Request(0x64), 0);
        Assert.Equal(Errno.ENOTTY, result.Errno);
        program.Finish();
    }

    [Theory]
    [InlineData(Type1, true)]
    [InlineData(Type1V2, false)]
    public void SetIommu_Type_DecidesAboutLargePages(ulong type, bool isSmall)
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.SetIommu(type));
        Assert.Equal(isSmall, container.Iopt.LargePagesDisabled);
        container.Program.Finish();
    }

    [Fact]
    public void SetIommu_UnknownTypeAndNoIoas_IsTheType()
    {
        var container = new ContainerProgram();
        Assert.Equal(Errno.EINVAL, container.SetIommu(8));
        Assert.Equal(Errno.ENODEV, container.SetIommu(Type1));
        container.Program.Finish();
    }

    [Fact]
    public void SetIommu_SomethingMappedIntoADomain_IsRefused()
    {
        var container = new ContainerProgram();
        container.Set();
        container.Program.MockDomain(container.Ioas);
        Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(Page), Page));
        Assert.Equal(Errno.EINVAL, container.SetIommu(Type1));
        Assert.Equal(Errno.OK, container.SetIommu(Type1V2));
        container.Program.Finish();
    }

    [Theory]
    [InlineData(31, 4, false, Errno.EINVAL)]
    [InlineData(32, 4, false, Errno.EINVAL)]
    [InlineData(32, 3, false, Errno.ENODEV)]
    [InlineData(32, 3, true, Errno.EOVERFLOW)]
    public void Map_SeveralErrors_EarlierWins(uint argsz, uint flags, bool hasIoas, Errno errno)
    {
        var container = new ContainerProgram();
        if (hasIoas)
            container.Set();
        Assert.Equal(errno, container.Map(Iova + 1, ulong.MaxValue - 4, Page, flags, argsz));
        container.Program.Finish();
    }

    [Theory]
    [InlineData("linux-6.12", Errno.EINVAL)]
    [InlineData("linux-7.3", Errno.EOVERFLOW)]
    public void Map_TooLongAndBeyondTheEnd_IsAsForIoasMap(string kernel, Errno errno)
    {
        var container = new ContainerProgram(kernel);
        container.Set();
        Assert.Equal(errno, container.Map(Iova, Page, ulong.MaxValue - 1));
        Assert.Equal(Errno.EINVAL, container.Map(Iova, Page, 0));
        container.Program.Finish();
    }

    [Fact]
    public void Map_ArgumentNowhere_IsAFault()
    {
        var container = new ContainerProgram();
        Assert.Equal(Errno.EFAULT, container.Call(IoctlNumber.VFIO_IOMMU_MAP_DMA, Absent).Errno);
        Assert.Equal(Errno.EFAULT, container.Call(IoctlNumber.VFIO_IOMMU_UNMAP_DMA, Absent).Errno);
        Assert.Equal(Errno.EFAULT, container.Call(IoctlNumber.VFIO_IOMMU_GET_INFO, Absent).Errno);
        container.Program.Finish();
    }

    [Fact]
    public void Map_Page_IsThereForDevices()
    {
        var container = new ContainerProgram();
        container.Set();
        var (_, _, hwpt) = container.Program.MockDomain(container.Ioas);
        var memory = container.Program.Memory.Map(Page);
        Assert.Equal(Errno.OK, container.Map(Iova, memory, Page));
        Assert.Equal(Errno.EEXIST, container.Map(Iova, memory, Page));
        container.Program.Expect(Errno.OK, Mappings.MapProgram.CheckMap(container.Program, hwpt, Iova, memory, Page));
        Assert.Equal((Errno.OK, Page), container.Unmap(Iova, Page));
        container.Program.Finish();
    }

    [Fact]
    public void Map_NoPermission_WarnsWhereThereIsADomain()
    {
        var container = new ContainerProgram();
        container.Set();
        var memory = container.Program.Memory.Map(Page);
        Assert.Equal(Errno.OK, container.Map(Iova, memory, Page, flags: 0));
        Assert.Equal((Errno.OK, Page), container.Unmap(Iova, Page));
        container.Program.MockDomain(container.Ioas);
        Assert.Equal(Errno.EINVAL, container.Map(Iova, memory, Page, flags: 0));
        Assert.Equal(["WARNING in amdv1_mock_map_range"], container.Program.Titles());
    }

    [Theory]
    [InlineData(23, 1, false, Errno.EINVAL, 8)]
    [InlineData(24, 1, false, Errno.EINVAL, 8)]
    [InlineData(24, All, false, Errno.ENODEV, 8)]
    [InlineData(24, All, true, Errno.EINVAL, 8)]
    [InlineData(24, 0, true, Errno.ENOENT, 0)]
    public void Unmap_SeveralErrors_EarlierWins(uint argsz, uint flags, bool hasIoas, Errno errno, ulong size)
    {
        var container = new ContainerProgram();
        if (hasIoas)
        {
            container.Set();
            Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(Page), Page));
        }

        Assert.Equal((errno, size), container.Unmap(Iova, 8, flags, argsz));
        container.Program.Finish();
    }

    [Fact]
    public void Unmap_NothingThere_IsOkAndNoBytes()
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal((Errno.OK, 0UL), container.Unmap(Iova, Page));
        Assert.Equal((Errno.OK, 0UL), container.Unmap(0, 0, All));
        Assert.Equal((Errno.EINVAL, 0UL), container.Unmap(Iova, 0));
        Assert.Equal((Errno.EOVERFLOW, 0UL), container.Unmap(Iova, ulong.MaxValue));
        container.Program.Finish();
    }

    [Fact]
    public void Unmap_Everything_ReturnsAllBytes()
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(Page), Page));
        Assert.Equal(Errno.OK, container.Map(Iova + (2 * Page), container.Program.Memory.Map(Page), Page));
        Assert.Equal((Errno.OK, 2 * Page), container.Unmap(0, 0, All));
        container.Program.Finish();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    public void Unmap_PartWithSmallPages_LeavesTheRest(ulong first, ulong count)
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.SetIommu(Type1));
        var (_, _, hwpt) = container.Program.MockDomain(container.Ioas);
        var memory = container.Program.Memory.Map(4 * Page);
        Assert.Equal(Errno.OK, container.Map(Iova, memory, 4 * Page));
        Assert.Equal((Errno.OK, count * Page), container.Unmap(Iova + (first * Page), count * Page));
        for (ulong page = 0; page < 4; page++)
        {
            var isGone = page >= first && page < first + count;
            var at = page * Page;
            var check = Mappings.MapProgram.CheckMap(container.Program, hwpt, Iova + at, memory + at, Page);
            container.Program.Expect(isGone ? Errno.EINVAL : Errno.OK, check);
        }

        container.Program.Finish();
    }

    [Fact]
    public void Unmap_PartWithLargePages_IsRefused()
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(2 * Page), 2 * Page));
        Assert.Equal((Errno.ENOENT, 0UL), container.Unmap(Iova, Page));
        container.Program.Finish();
    }

    [Fact]
    public void Unmap_CutThatIsRefused_WritesNothing()
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.SetIommu(Type1));
        Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(2 * Page), 2 * Page));
        Assert.Equal((Errno.EINVAL, Page / 2), container.Unmap(Iova, Page / 2));
        container.Program.Finish();
    }

    [Fact]
    public void Unmap_AnswerReadOnly_IsAFaultAndUnmapped()
    {
        var container = new ContainerProgram();
        container.Set();
        Assert.Equal(Errno.OK, container.Map(Iova, container.Program.Memory.Map(Page), Page));
        var place = container.Program.Memory.Map(Page);
        container.Program.Memory.Write(place, [24, 0, 0, 0, 2]);
        container.Program.Memory.Protect(place, PageAccess.ReadOnly);
        Assert.Equal(Errno.EFAULT, container.Call(IoctlNumber.VFIO_IOMMU_UNMAP_DMA, place).Errno);
        Assert.Equal(0, container.Iopt.Areas.Count);
        container.Program.Finish();
    }

    [Fact]
    public void OpenContainer_Always_CountsByProcess()
    {
        var container = new ContainerProgram();
        var opened = container.Program.Kernel.OpenContainer(container.Program.Task, out var fd);
        Assert.Equal(Errno.OK, opened.Errno);
        Assert.True(container.Program.Kernel.FileOf(fd)!.AccountsByProcess);
        Assert.False(container.Program.Context.AccountsByProcess);
        container.Program.Finish(fd);
    }
}
