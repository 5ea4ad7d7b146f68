namespace IommuSim.Uapi;

/// <summary>Types of vIOMMUs, of their queues and of their invalidations.</summary>
public static class ViommuConstants
{
    public const uint IOMMU_VIOMMU_TYPE_DEFAULT = 0;
    public const uint IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;
    public const uint IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;
    public const uint IOMMU_VIOMMU_TYPE_SELFTEST = 0xdeadbeef;

    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1;
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;

    public const uint IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;
    public const uint IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;
    public const uint IOMMU_HW_QUEUE_TYPE_SELFTEST = 0xdeadbeef;
}

/// <summary>IOMMU_VIOMMU_ALLOC, from 6.13 on.</summary>
[UapiStruct("iommu_viommu_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VIOMMU_ALLOC, "out_viommu_id")]
public struct ViommuAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint Type;
    public uint DevId;
    public uint HwptId;
    public uint OutViommuId;
    public uint DataLen;
    public uint Reserved;
    public ulong DataUptr;
}

/// <summary>IOMMU_VDEVICE_ALLOC, from 6.13 on.</summary>
[UapiStruct("iommu_vdevice_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VDEVICE_ALLOC, "virt_id")]
public struct VdeviceAllocCmd
{
    public uint Size;
    public uint ViommuId;
    public uint DevId;
    public uint OutVdeviceId;
    public ulong VirtId;
}

/// <summary>IOMMU_HW_QUEUE_ALLOC, from 6.17 on.</summary>
[UapiStruct("iommu_hw_queue_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_HW_QUEUE_ALLOC, "length")]
public struct HwQueueAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint ViommuId;
    public uint Type;
    public uint Index;
    public uint OutHwQueueId;
    public ulong NestingParentIova;
    public ulong Length;
}

/// <summary>Types and flags of vEVENTQs.</summary>
public static class VeventqConstants
{
    public const uint IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1u << 0;

    public const uint IOMMU_VEVENTQ_TYPE_DEFAULT = 0;
    public const uint IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;
    public const uint IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;
    public const uint IOMMU_VEVENTQ_TYPE_SELFTEST = 0xbeefbeef;
}

/// <summary>IOMMU_VEVENTQ_ALLOC, from 6.15 on.</summary>
[UapiStruct("iommu_veventq_alloc", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_VEVENTQ_ALLOC, "out_veventq_fd")]
public struct VeventqAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint ViommuId;
    public uint Type;
    public uint VeventqDepth;
    public uint OutVeventqId;
    public uint OutVeventqFd;
    public uint Reserved;
}

/// <summary>Stands before each event that is read from a vEVENTQ.</summary>
[UapiStruct("iommufd_vevent_header", "linux-7.3")]
public struct VeventHeader
{
    public uint Flags;
    public uint Sequence;
}
