using IommuSim.Uapi;

namespace IommuSim.Iommu.Viommus;

/// <summary>
/// Allocates a nested domain behind a vIOMMU. The flags are those of HWPT_ALLOC without FAULT_ID_VALID.
/// </summary>
internal delegate Errno ViommuAllocNestedOp(IViommu viommu, uint flags, in UserData data, out IommuDomain? domain);

/// <summary>Handles an array of invalidations of the guest; sets the number that it has handled.</summary>
internal delegate Errno ViommuInvalidateOp(IViommu viommu, ref InvalidateRequest request);

/// <summary>C's struct iommufd_viommu_ops. A null op is one that the driver does not have.</summary>
/// <param name="Name">The C name of the table.</param>
internal sealed record ViommuOps(string Name)
{
    /// <summary>
    /// Bytes of the core's structs, which a driver's may not be smaller than. The numbers are the model's; only
    /// the comparison is the kernel's.
    /// </summary>
    public const int CoreViommuSize = 168;
    public const int CoreVdeviceSize = 56;
    public const int CoreHwQueueSize = 72;

    /// <summary>Runs before the object's memory is freed.</summary>
    public Action<IViommu>? Destroy { get; init; }

    public ViommuAllocNestedOp? AllocDomainNested { get; init; }

    public ViommuInvalidateOp? CacheInvalidate { get; init; }

    /// <summary>Bytes of the driver's vDEVICE; 0 for a driver that has none of its own.</summary>
    public int VdeviceSize { get; init; }

    public Func<IVdevice, Errno>? VdeviceInit { get; init; }

    /// <summary>Bytes of the driver's struct for a queue of this type; 0 for a type that it lacks.</summary>
    public Func<IViommu, uint, int>? GetHwQueueSize { get; init; }

    /// <summary>Gets index and physical address of a queue whose pages are pinned and contiguous.</summary>
    public Func<IHwQueue, uint, ulong, Errno>? HwQueueInitPhys { get; init; }
}
