using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Where releases from 6.6 on differ when a hw_pagetable is allocated.</summary>
internal sealed record HwptRules
{
    /// <summary>Flags for a hwpt of an IOAS.</summary>
    public uint PagingFlags { get; init; } =
        HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT
        | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING
        | HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID
        | HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>Flags for a hwpt of another hwpt.</summary>
    public uint NestedFlags { get; init; } =
        HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID | HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>
    /// The core refuses dirty tracking where the device cannot; before 6.12 it leaves that to the driver.
    /// </summary>
    public bool ChecksDirtyTracking { get; init; } = true;

    /// <summary>
    /// Drivers have an op of their own for nested domains; before 7.3 domain_alloc_user allocates them too.
    /// </summary>
    public bool HasNestedOp { get; init; } = true;

    /// <summary>
    /// 6.8 to 6.12: a nested domain that cannot be invalidated is a bug of the driver, see <see cref="Bug.A17"/>.
    /// </summary>
    public bool NeedsInvalidateOp { get; init; }

    /// <summary>For a domain of a type that a driver must not return.</summary>
    public Errno WrongDomain { get; init; } = Errno.EOPNOTSUPP;

    public static HwptRules Linux73 { get; } = new();
}
