using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_IOAS_ALLOC: EOPNOTSUPP for flags, ENOMEM, EFAULT.</summary>
internal static class IoasAlloc
{
    public static IoctlRow Row { get; } = IoctlRow.For<IoasAllocCmd>("ioas.c:iommufd_ioas_alloc_ioctl()", Handle);

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_alloc_ioctl(), v6.3 to v6.8.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasAllocCmd>();
        if (cmd.Flags != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Allocate(static c => new Ioas(c), "iommufd_ioas_alloc", out var ioas);
        if (rc != Errno.OK)
            return rc;
        cmd.OutIoasId = ioas.Id;
        return ucmd.RespondAndPublish(ioas);
    }
}
