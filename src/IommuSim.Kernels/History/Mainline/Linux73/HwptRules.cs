using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

/// <summary>Where the making of hw_pagetables differs between 6.12 and 7.3.</summary>
internal sealed record HwptRules
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Fault = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>Flags for a hwpt of an IOAS.</summary>
    public required uint PagingFlags { get; init; }

    /// <summary>Flags for a hwpt of another hwpt.</summary>
    public required uint NestedFlags { get; init; }

    /// <summary>Whether the driver has an op for nested domains.</summary>
    public required Func<IommuOps, bool> CanNest { get; init; }

    public required DomainAllocUserOp AllocateNested { get; init; }

    /// <summary>Whether a nested domain that nobody can invalidate is a driver's mistake.</summary>
    public required bool NeedsInvalidateOp { get; init; }

    /// <summary>For a domain that should not have come from a driver.</summary>
    public required Errno WrongDomain { get; init; }

    public static HwptRules Linux612 { get; } =
        new()
        {
            PagingFlags = NestParent | Dirty,
            NestedFlags = Fault,
            CanNest = static ops => ops.DomainAllocUser is not null,
            AllocateNested = DomainMemory.AllocateForUser,
            NeedsInvalidateOp = true,
            WrongDomain = Errno.EINVAL,
        };

    public static HwptRules Linux73 { get; } =
        new()
        {
            PagingFlags = NestParent | Dirty | Fault | Pasid,
            NestedFlags = Fault | Pasid,
            CanNest = static ops => ops.DomainAllocNested is not null,
            AllocateNested = DomainMemory.AllocateNested!,
            NeedsInvalidateOp = false,
            WrongDomain = Errno.EOPNOTSUPP,
        };
}
