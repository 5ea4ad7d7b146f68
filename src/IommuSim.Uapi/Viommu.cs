namespace IommuSim.Uapi;

/// <summary>Types of vIOMMUs, of their queues and of their invalidations.</summary>
public static class ViommuConstants
{
    /// <summary>Refused by ioctls: no type was chosen.</summary>
    public const uint IOMMU_VIOMMU_TYPE_DEFAULT = 0;

    /// <summary>A vIOMMU of SMMUv3.</summary>
    public const uint IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;

    /// <summary>A vIOMMU of SMMUv3 with NVIDIA's command queues.</summary>
    public const uint IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>A vIOMMU of the mock.</summary>
    public const uint IOMMU_VIOMMU_TYPE_SELFTEST = 0xdeadbeef;

    /// <summary>Commands of SMMUv3.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1;

    /// <summary>Entries of the mock: <see cref="ViommuInvalidateSelftest"/>.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST = 0xdeadbeef;

    /// <summary>A type that the mock refuses.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID = 0xdadbeef;

    /// <summary>Refused by ioctls: no type was chosen.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;

    /// <summary>A command queue of NVIDIA's.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;

    /// <summary>A queue of the mock.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_SELFTEST = 0xdeadbeef;
}

/// <summary>IOMMU_VIOMMU_ALLOC from 6.13 to 6.16.</summary>
[UapiStruct("iommu_viommu_alloc", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_VIOMMU_ALLOC, "out_viommu_id")]
public struct ViommuAlloc615
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: one of IOMMU_VIOMMU_TYPE_*.</summary>
    public uint Type;

    /// <summary>In: a device of the IOMMU.</summary>
    public uint DevId;

    /// <summary>In: the nest parent.</summary>
    public uint HwptId;

    /// <summary>Out: the new vIOMMU.</summary>
    public uint OutViommuId;
}

/// <summary>IOMMU_VIOMMU_ALLOC from 6.17 on: with data for the driver.</summary>
[UapiStruct("iommu_viommu_alloc", "linux-6.17")]
[Ioctl(IoctlNumber.IOMMU_VIOMMU_ALLOC, "out_viommu_id")]
public struct ViommuAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: one of IOMMU_VIOMMU_TYPE_*.</summary>
    public uint Type;

    /// <summary>In: a device of the IOMMU.</summary>
    public uint DevId;

    /// <summary>In: the nest parent.</summary>
    public uint HwptId;

    /// <summary>Out: the new vIOMMU.</summary>
    public uint OutViommuId;

    /// <summary>In: bytes of the driver's data.</summary>
    public uint DataLen;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the address of the driver's data.</summary>
    public ulong DataUptr;
}

/// <summary>IOMMU_VDEVICE_ALLOC, from 6.13 on.</summary>
[UapiStruct("iommu_vdevice_alloc", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_VDEVICE_ALLOC, "virt_id")]
public struct VdeviceAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the vIOMMU.</summary>
    public uint ViommuId;

    /// <summary>In: the device.</summary>
    public uint DevId;

    /// <summary>Out: the new vDEVICE.</summary>
    public uint OutVdeviceId;

    /// <summary>In: the number of the device in the guest: a stream id for SMMUv3.</summary>
    public ulong VirtId;
}

/// <summary>IOMMU_HW_QUEUE_ALLOC, from 6.17 on.</summary>
[UapiStruct("iommu_hw_queue_alloc", "linux-6.17")]
[Ioctl(IoctlNumber.IOMMU_HW_QUEUE_ALLOC, "length")]
public struct HwQueueAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the vIOMMU.</summary>
    public uint ViommuId;

    /// <summary>In: one of IOMMU_HW_QUEUE_TYPE_*.</summary>
    public uint Type;

    /// <summary>In: the number of the queue in the vIOMMU.</summary>
    public uint Index;

    /// <summary>Out: the new queue.</summary>
    public uint OutHwQueueId;

    /// <summary>In: the queue's memory, as an address in the nest parent.</summary>
    public ulong NestingParentIova;

    /// <summary>In: bytes of the queue's memory.</summary>
    public ulong Length;
}

/// <summary>Types and flags of vEVENTQs.</summary>
public static class VeventqConstants
{
    /// <summary>Events were lost, the queue was full; no event follows the header.</summary>
    public const uint IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1u << 0;

    /// <summary>Refused by ioctls: no type was chosen.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_DEFAULT = 0;

    /// <summary>Events of SMMUv3.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;

    /// <summary>Errors of NVIDIA's command queues.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>Events of the mock: <see cref="ViommuEventSelftest"/>.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_SELFTEST = 0xbeefbeef;
}

/// <summary>IOMMU_VEVENTQ_ALLOC, from 6.15 on.</summary>
[UapiStruct("iommu_veventq_alloc", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_VEVENTQ_ALLOC, "out_veventq_fd")]
public struct VeventqAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the vIOMMU.</summary>
    public uint ViommuId;

    /// <summary>In: one of IOMMU_VEVENTQ_TYPE_*.</summary>
    public uint Type;

    /// <summary>In: how many events the queue holds.</summary>
    public uint VeventqDepth;

    /// <summary>Out: the new vEVENTQ.</summary>
    public uint OutVeventqId;

    /// <summary>Out: the descriptor by which events are read.</summary>
    public uint OutVeventqFd;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
}

/// <summary>Stands before each event that is read from a vEVENTQ.</summary>
[UapiStruct("iommufd_vevent_header", "linux-6.15")]
public struct VeventHeader
{
    /// <summary>Out: 0 or IOMMU_VEVENTQ_FLAG_LOST_EVENTS.</summary>
    public uint Flags;

    /// <summary>Out: the number of the event; a gap says how many were lost.</summary>
    public uint Sequence;
}
