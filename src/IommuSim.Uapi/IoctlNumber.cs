namespace IommuSim.Uapi;

/// <summary>
/// ioctl request numbers of <c>/dev/iommu</c>. Requests are <c>_IO(';', nr)</c>: type 0x3B, no size bits.
/// Numbers that moved between series carry the series in their name.
/// </summary>
public static class IoctlNumber
{
    /// <summary>The type of all requests: the character ';'.</summary>
    public const uint IOMMUFD_TYPE = 0x3B;

    /// <summary>The first command number.</summary>
    public const uint IOMMUFD_CMD_BASE = 0x80;

    /// <summary>Returns the version of VFIO's interface of containers.</summary>
    public const uint VFIO_GET_API_VERSION = 0x64;

    /// <summary>Says whether a container can do something, one of <see cref="VfioExtension"/>.</summary>
    public const uint VFIO_CHECK_EXTENSION = 0x65;

    /// <summary>Chooses how a container maps: VFIO_TYPE1_IOMMU or VFIO_TYPE1v2_IOMMU.</summary>
    public const uint VFIO_SET_IOMMU = 0x66;

    /// <summary>Says what can be mapped: <see cref="VfioIommuInfo"/>.</summary>
    public const uint VFIO_IOMMU_GET_INFO = 0x70;

    /// <summary>Maps memory: <see cref="VfioDmaMap"/>.</summary>
    public const uint VFIO_IOMMU_MAP_DMA = 0x71;

    /// <summary>Unmaps memory: <see cref="VfioDmaUnmap"/>.</summary>
    public const uint VFIO_IOMMU_UNMAP_DMA = 0x72;

    /// <summary>Destroys an object: <see cref="DestroyCmd"/>.</summary>
    public const uint IOMMU_DESTROY = 0x80;

    /// <summary>Makes an IOAS: <see cref="IoasAllocCmd"/>.</summary>
    public const uint IOMMU_IOAS_ALLOC = 0x81;

    /// <summary>Says which addresses the kernel may choose: <see cref="IoasAllowIovasCmd"/>.</summary>
    public const uint IOMMU_IOAS_ALLOW_IOVAS = 0x82;

    /// <summary>Maps what another IOAS maps: <see cref="IoasCopyCmd"/>.</summary>
    public const uint IOMMU_IOAS_COPY = 0x83;

    /// <summary>Returns the addresses that can be mapped: <see cref="IoasIovaRangesCmd"/>.</summary>
    public const uint IOMMU_IOAS_IOVA_RANGES = 0x84;

    /// <summary>Maps memory of the program: <see cref="IoasMapCmd"/>.</summary>
    public const uint IOMMU_IOAS_MAP = 0x85;

    /// <summary>Unmaps: <see cref="IoasUnmapCmd"/>.</summary>
    public const uint IOMMU_IOAS_UNMAP = 0x86;

    /// <summary>Sets or returns an option: <see cref="OptionCmd"/>.</summary>
    public const uint IOMMU_OPTION = 0x87;

    /// <summary>Sets or returns the IOAS of VFIO's calls: <see cref="VfioIoasCmd"/>.</summary>
    public const uint IOMMU_VFIO_IOAS = 0x88;

    /// <summary>Returns what the hardware is, in the RFC: <see cref="DeviceInfoRfc"/>.</summary>
    public const uint IOMMU_DEVICE_GET_INFO_RFC = 0x89;

    /// <summary>Makes a hwpt, in the RFC: <see cref="HwptAllocRfc"/>.</summary>
    public const uint IOMMU_HWPT_ALLOC_RFC = 0x8a;

    /// <summary>Makes a hwpt: <see cref="HwptAlloc612"/> and those before it.</summary>
    public const uint IOMMU_HWPT_ALLOC = 0x89;

    /// <summary>Called IOMMU_DEVICE_GET_HW_INFO until the name lost its DEVICE in mid 2023.</summary>
    public const uint IOMMU_GET_HW_INFO = 0x8a;

    /// <summary>The number in the nesting series v1 to v4, before dirty tracking took 0x8b and 0x8c.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_2023 = 0x8b;

    /// <summary>Turns dirty tracking on or off: <see cref="HwptSetDirtyTrackingCmd"/>.</summary>
    public const uint IOMMU_HWPT_SET_DIRTY_TRACKING = 0x8b;

    /// <summary>Returns the dirty pages: <see cref="HwptGetDirtyBitmapCmd"/>.</summary>
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP = 0x8c;

    /// <summary>Invalidates caches: <see cref="HwptInvalidate68"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE = 0x8d;

    /// <summary>Makes a fault queue: <see cref="FaultAllocCmd"/>.</summary>
    public const uint IOMMU_FAULT_QUEUE_ALLOC = 0x8e;

    /// <summary>Maps a file: <see cref="IoasMapFileCmd"/>.</summary>
    public const uint IOMMU_IOAS_MAP_FILE = 0x8f;

    /// <summary>Makes a vIOMMU: <see cref="ViommuAllocCmd"/>.</summary>
    public const uint IOMMU_VIOMMU_ALLOC = 0x90;

    /// <summary>Makes a vDEVICE: <see cref="VdeviceAllocCmd"/>.</summary>
    public const uint IOMMU_VDEVICE_ALLOC = 0x91;

    /// <summary>Moves the accounting of mappings to the caller: <see cref="IoasChangeProcessCmd"/>.</summary>
    public const uint IOMMU_IOAS_CHANGE_PROCESS = 0x92;

    /// <summary>Makes a vEVENTQ: <see cref="VeventqAllocCmd"/>.</summary>
    public const uint IOMMU_VEVENTQ_ALLOC = 0x93;

    /// <summary>Makes a hardware queue: <see cref="HwQueueAllocCmd"/>.</summary>
    public const uint IOMMU_HW_QUEUE_ALLOC = 0x94;

    /// <summary>
    /// Returns the physical address behind one of an IOAS without an IOMMU: <see cref="IoasNoiommuGetPaCmd"/>.
    /// </summary>
    public const uint IOMMU_IOAS_NOIOMMU_GET_PA = 0x95;

    /// <summary>Only with CONFIG_IOMMUFD_TEST: base 0x80 + 32.</summary>
    public const uint IOMMU_TEST_CMD = 0xa0;

    /// <summary>The request argument of ioctl(2) for command <paramref name="nr"/>.</summary>
    public static uint Request(uint nr) => (IOMMUFD_TYPE << 8) | nr;
}
