using System.Reflection;

namespace IommuSim.Uapi.Tests;

public sealed class IoctlNumberTests
{
    /// <summary>Columns: C name, the request that user space passes: <c>_IO(';', nr)</c>.</summary>
    public static TheoryData<string, uint> Requests { get; } =
        new()
        {
            { "VFIO_GET_API_VERSION", 0x3b64 },
            { "VFIO_CHECK_EXTENSION", 0x3b65 },
            { "VFIO_SET_IOMMU", 0x3b66 },
            { "VFIO_IOMMU_GET_INFO", 0x3b70 },
            { "VFIO_IOMMU_MAP_DMA", 0x3b71 },
            { "VFIO_IOMMU_UNMAP_DMA", 0x3b72 },
            { "IOMMU_DESTROY", 0x3b80 },
            { "IOMMU_IOAS_ALLOC", 0x3b81 },
            { "IOMMU_IOAS_ALLOW_IOVAS", 0x3b82 },
            { "IOMMU_IOAS_COPY", 0x3b83 },
            { "IOMMU_IOAS_IOVA_RANGES", 0x3b84 },
            { "IOMMU_IOAS_MAP", 0x3b85 },
            { "IOMMU_IOAS_UNMAP", 0x3b86 },
            { "IOMMU_OPTION", 0x3b87 },
            { "IOMMU_VFIO_IOAS", 0x3b88 },
            { "IOMMU_DEVICE_GET_INFO_RFC", 0x3b89 },
            { "IOMMU_HWPT_ALLOC_RFC", 0x3b8a },
            { "IOMMU_HWPT_ALLOC", 0x3b89 },
            { "IOMMU_GET_HW_INFO", 0x3b8a },
            { "IOMMU_HWPT_INVALIDATE_2023", 0x3b8b },
            { "IOMMU_HWPT_SET_DIRTY_TRACKING", 0x3b8b },
            { "IOMMU_HWPT_GET_DIRTY_BITMAP", 0x3b8c },
            { "IOMMU_HWPT_INVALIDATE", 0x3b8d },
            { "IOMMU_FAULT_QUEUE_ALLOC", 0x3b8e },
            { "IOMMU_IOAS_MAP_FILE", 0x3b8f },
            { "IOMMU_VIOMMU_ALLOC", 0x3b90 },
            { "IOMMU_VDEVICE_ALLOC", 0x3b91 },
            { "IOMMU_IOAS_CHANGE_PROCESS", 0x3b92 },
            { "IOMMU_VEVENTQ_ALLOC", 0x3b93 },
            { "IOMMU_HW_QUEUE_ALLOC", 0x3b94 },
            { "IOMMU_IOAS_NOIOMMU_GET_PA", 0x3b95 },
            { "IOMMU_TEST_CMD", 0x3ba0 },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_EachCommand_IsTheNumberOfTheHeader(string name, uint request)
    {
        var nr = (uint)typeof(IoctlNumber).GetField(name)!.GetRawConstantValue()!;
        Assert.Equal(request, IoctlNumber.Request(nr));
    }

    [Fact]
    public void Request_TypeOfTheNumbers_IsASemicolon() => Assert.Equal(';', (char)(IoctlNumber.Request(0) >> 8));

    [Fact]
    public void Request_EveryCommand_HasARowHere()
    {
        var commands = typeof(IoctlNumber)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.Name)
            .Where(name => !name.StartsWith("IOMMUFD_", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        var rows = Requests.Select(row => row.Data.Item1).Order(StringComparer.Ordinal);
        Assert.Equal(commands, rows);
    }
}
