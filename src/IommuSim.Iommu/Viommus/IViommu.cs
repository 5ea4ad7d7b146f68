using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Uapi;

namespace IommuSim.Iommu.Viommus;

/// <summary>
/// A slice of an IOMMU that one guest has, as its driver sees it: C's struct iommufd_viommu and the functions
/// that iommufd has for drivers. Models include/linux/iommufd.h, v7.3.
/// </summary>
internal interface IViommu
{
    KernelMachine Machine { get; }

    /// <summary>One of IOMMU_VIOMMU_TYPE_*.</summary>
    uint Type { get; }

    /// <summary>Kept without a reference: the driver counts its users where it can go away.</summary>
    IommuInstance Iommu { get; }

    /// <summary>The driver must fill it when it sets up the object.</summary>
    ViommuOps? Ops { get; set; }

    /// <summary>The driver's part of the struct, behind the core's.</summary>
    object? Private { get; set; }

    /// <summary>C's xa_lock of vdevs. A spinlock.</summary>
    KernelMutex VdevicesLock { get; }

    /// <summary>The device with this number of the guest, or null; the caller holds the lock.</summary>
    IommuDevice? FindDevice(ulong virtualId);

    /// <summary>The guest's number for a device; ENOENT.</summary>
    Errno GetVirtualId(IommuDevice device, out ulong virtualId);

    /// <summary>
    /// Puts an event into the queue of its type: EOPNOTSUPP without one; ENOMEM, and the loss is announced. An
    /// event that finds the queue full is announced as lost, and OK.
    /// </summary>
    Errno ReportEvent(uint type, ReadOnlySpan<byte> data);

    /// <summary>
    /// Allocates memory that user space may map through the context's file: EINVAL for a length that is no positive
    /// multiple of a page, ENOMEM. <paramref name="offset"/> is for mmap(2).
    /// </summary>
    Errno AllocateMmap(Memory<byte> memory, out ulong offset);

    void DestroyMmap(ulong offset);
}
