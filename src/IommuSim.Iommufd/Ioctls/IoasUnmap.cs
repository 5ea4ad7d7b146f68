using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_UNMAP: removes whole areas. Address 0 and the largest length mean everything, and then nothing to remove
/// is no error. ENOENT, EOVERFLOW for other largest numbers, what the I/O page table returns, and ENOENT when there was
/// nothing. A response that cannot be copied is EFAULT, and the areas are gone.
/// </summary>
internal static class IoasUnmap
{
    public static IoctlRow Row { get; } = IoctlRow.For<IoasUnmapCmd>("ioas.c:iommufd_ioas_unmap()", Handle);

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_unmap(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasUnmapCmd>();
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = Unmap(in cmd, ioas, out var unmapped);
        if (rc == Errno.OK)
        {
            cmd.Length = unmapped;
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(ioas);
        return rc;
    }

    private static Errno Unmap(in IoasUnmapCmd cmd, Ioas ioas, out ulong unmapped)
    {
        if (cmd.Iova == 0 && cmd.Length == ulong.MaxValue)
            return ioas.Iopt.UnmapAll(out unmapped);
        unmapped = 0;
        if (cmd.Iova == ulong.MaxValue || cmd.Length == ulong.MaxValue)
            return Errno.EOVERFLOW;
        var rc = ioas.Iopt.Unmap(cmd.Iova, cmd.Length, out unmapped);
        return rc == Errno.OK && unmapped == 0 ? Errno.ENOENT : rc;
    }
}
