using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_NOIOMMU_GET_PA: where what an IOAS shows is in physical memory, for devices without an IOMMU. EPERM
/// without CAP_SYS_RAWIO, EOPNOTSUPP for flags and the reserved field, EINVAL for no length, EOVERFLOW for the last
/// address, ENOENT, then what the I/O page table returns. Without CONFIG_IOMMUFD_NOIOMMU always EOPNOTSUPP.
/// </summary>
internal static class NoiommuGetPa
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<IoasNoiommuGetPaCmd>("ioas.c:iommufd_ioas_noiommu_get_pa()", Handle) with
        {
            Support = Support.Stub,
            Note = "answered EOPNOTSUPP unless CONFIG_IOMMUFD_NOIOMMU=y",
        };

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_noiommu_get_pa(), v7.3, and its stub in iommufd_private.h.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasNoiommuGetPaCmd>();
        if (!ucmd.Machine.Build.IommufdNoiommu)
            return Errno.EOPNOTSUPP;
        if (!ucmd.Machine.Current.MayDoRawIo)
            return Errno.EPERM;
        if (cmd.Flags != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.Length == 0)
            return Errno.EINVAL;
        if (cmd.Iova == ulong.MaxValue)
            return Errno.EOVERFLOW;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = ioas.Iopt.FindPhysical(cmd.Iova, ref cmd.Length, out var physical);
        if (rc == Errno.OK)
        {
            cmd.OutPhys = physical;
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(ioas);
        return rc;
    }
}
