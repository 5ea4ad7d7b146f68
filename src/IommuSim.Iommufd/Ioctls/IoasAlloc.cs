using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>IOMMU_IOAS_ALLOC: EOPNOTSUPP for flags, ENOMEM, EFAULT.</summary>
internal static class IoasAlloc
{
    public static IoctlRow Row { get; } = RowWith(static (ucmd, ioas) => RespondAndPublish(ucmd, ioas));

    /// <summary>Until 6.12: no lock keeps the id from appearing while the process is changed.</summary>
    public static IoctlRow Row612 { get; } = RowWith(static (ucmd, ioas) => ucmd.RespondAndPublish(ioas));

    private static IoctlRow RowWith(Func<Ucmd, Ioas, Errno> finish) =>
        IoctlRow.For<IoasAllocCmd>("ioas.c:iommufd_ioas_alloc_ioctl()", ucmd => Handle(ucmd, finish));

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_alloc_ioctl(), v6.3 to v7.3.
    private static Errno Handle(Ucmd ucmd, Func<Ucmd, Ioas, Errno> finish)
    {
        ref var cmd = ref ucmd.Command<IoasAllocCmd>();
        if (cmd.Flags != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Allocate(static c => new Ioas(c), "iommufd_ioas_alloc", out var ioas);
        if (rc != Errno.OK)
            return rc;
        cmd.OutIoasId = ioas.Id;
        return finish(ucmd, ioas);
    }

    private static Errno RespondAndPublish(Ucmd ucmd, Ioas ioas)
    {
        const string Site = "iommufd_ioas_alloc_ioctl";
        var rc = ucmd.Respond();
        if (rc != Errno.OK)
        {
            ucmd.Context.AbortAndDestroy(ioas);
            return rc;
        }

        ucmd.Context.IoasCreationLock.DownRead(Site);
        ucmd.Context.Publish(ioas);
        ucmd.Context.IoasCreationLock.UpRead(Site);
        return rc;
    }
}
