namespace IommuSim.Uapi;

/// <summary>
/// ioctl request numbers of <c>/dev/iommu</c>. Requests are <c>_IO(';', nr)</c>: type 0x3B, no size bits.
/// Numbers that moved between series carry the series in their name.
/// </summary>
public static class IoctlNumber
{
    public const uint IOMMUFD_TYPE = 0x3B;
    public const uint IOMMUFD_CMD_BASE = 0x80;

    /// <summary>Calls of VFIO's containers, which /dev/iommu answers for the IOAS of IOMMU_VFIO_IOAS.</summary>
    public const uint VFIO_IOMMU_GET_INFO = 0x70;
    public const uint VFIO_IOMMU_MAP_DMA = 0x71;
    public const uint VFIO_IOMMU_UNMAP_DMA = 0x72;

    public const uint IOMMU_DESTROY = 0x80;
    public const uint IOMMU_IOAS_ALLOC = 0x81;
    public const uint IOMMU_IOAS_ALLOW_IOVAS = 0x82;
    public const uint IOMMU_IOAS_COPY = 0x83;
    public const uint IOMMU_IOAS_IOVA_RANGES = 0x84;
    public const uint IOMMU_IOAS_MAP = 0x85;
    public const uint IOMMU_IOAS_UNMAP = 0x86;
    public const uint IOMMU_OPTION = 0x87;
    public const uint IOMMU_VFIO_IOAS = 0x88;
    public const uint IOMMU_DEVICE_GET_INFO_RFC = 0x89;
    public const uint IOMMU_HWPT_ALLOC_RFC = 0x8a;
    public const uint IOMMU_HWPT_ALLOC = 0x89;

    /// <summary>Called IOMMU_DEVICE_GET_HW_INFO until the name lost its DEVICE in mid 2023.</summary>
    public const uint IOMMU_GET_HW_INFO = 0x8a;

    /// <summary>The number in the nesting series v1 to v4, before dirty tracking took 0x8b and 0x8c.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_2023 = 0x8b;
    public const uint IOMMU_HWPT_SET_DIRTY_TRACKING = 0x8b;
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP = 0x8c;
    public const uint IOMMU_HWPT_INVALIDATE = 0x8d;
    public const uint IOMMU_FAULT_QUEUE_ALLOC = 0x8e;
    public const uint IOMMU_IOAS_MAP_FILE = 0x8f;
    public const uint IOMMU_VIOMMU_ALLOC = 0x90;
    public const uint IOMMU_VDEVICE_ALLOC = 0x91;
    public const uint IOMMU_IOAS_CHANGE_PROCESS = 0x92;
    public const uint IOMMU_VEVENTQ_ALLOC = 0x93;
    public const uint IOMMU_HW_QUEUE_ALLOC = 0x94;
    public const uint IOMMU_IOAS_NOIOMMU_GET_PA = 0x95;

    /// <summary>Only with CONFIG_IOMMUFD_TEST: base 0x80 + 32.</summary>
    public const uint IOMMU_TEST_CMD = 0xa0;

    /// <summary>The request argument of ioctl(2) for command <paramref name="nr"/>.</summary>
    public static uint Request(uint nr) => (IOMMUFD_TYPE << 8) | nr;
}
