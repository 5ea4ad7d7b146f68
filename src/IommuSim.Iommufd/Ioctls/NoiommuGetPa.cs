using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_NOIOMMU_GET_PA of a kernel without CONFIG_IOMMUFD_NOIOMMU: EOPNOTSUPP whatever the argument.
/// </summary>
internal static class NoiommuGetPa
{
    // Models drivers/iommu/iommufd/iommufd_private.h:iommufd_ioas_noiommu_get_pa(), v7.3.
    public static IoctlRow Row { get; } =
        IoctlRow.For<IoasNoiommuGetPaCmd>(static _ => Errno.EOPNOTSUPP) with
        {
            Models = "drivers/iommu/iommufd/iommufd_private.h:iommufd_ioas_noiommu_get_pa()",
            Support = Support.Stub,
            Note = "as without CONFIG_IOMMUFD_NOIOMMU: answered EOPNOTSUPP",
        };
}
