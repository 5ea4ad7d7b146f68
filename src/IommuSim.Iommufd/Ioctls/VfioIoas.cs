using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_VFIO_IOAS: which IOAS the calls of VFIO's containers are for. EOPNOTSUPP for the reserved field and an unknown
/// op; ENODEV to get one that is not set, ENOENT to set one that is not there. It is forgotten when it is destroyed.
/// </summary>
internal static class VfioIoas
{
    private const ushort Get = 0;
    private const ushort Set = 1;
    private const ushort Clear = 2;

    public static IoctlRow Row { get; } =
        IoctlRow.For<VfioIoasCmd>("vfio_compat.c:iommufd_vfio_ioas()", static ucmd => Handle(ucmd));

    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_ioas(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<VfioIoasCmd>();
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        switch (cmd.Op)
        {
            case Get:
                return Return(ucmd, ref cmd);
            case Set:
                var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
                if (rc != Errno.OK)
                    return rc;
                Choose(ucmd.Context, ioas);
                ucmd.Context.Put(ioas);
                return Errno.OK;
            case Clear:
                Choose(ucmd.Context, null);
                return Errno.OK;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private static Errno Return(Ucmd ucmd, ref VfioIoasCmd cmd)
    {
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        cmd.IoasId = ioas.Id;
        ucmd.Context.Put(ioas);
        return ucmd.Respond();
    }

    private static void Choose(IommufdContext context, Ioas? ioas)
    {
        context.Machine.Reach(context, Machine.Touch.Write, "iommufd_vfio_ioas");
        context.VfioIoas = ioas;
    }
}
