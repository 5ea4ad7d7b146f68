using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_DESTROY: ENOENT for an unknown id, EBUSY while the object is held.</summary>
internal static class Destroy
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<DestroyCmd>("main.c:iommufd_destroy()", static ucmd => Handle(ucmd));

    // Models drivers/iommu/iommufd/main.c:iommufd_destroy(), v6.3 to v6.8.
    private static Errno Handle(Ucmd ucmd) =>
        ucmd.Context.Lifetime.DestroyById(ucmd.Context, ucmd.Command<DestroyCmd>().Id);
}
