using IommuSim.Iommu;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_MAP: EOPNOTSUPP for unknown flags and the reserved field, EOVERFLOW for the largest numbers, EINVAL
/// without a direction, ENOENT, then what the I/O page table returns. A response that cannot be copied is EFAULT, and
/// the mapping stays.
/// </summary>
internal static class IoasMap
{
    internal const uint KnownFlags =
        IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA
        | IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE
        | IoasMapFlags.IOMMU_IOAS_MAP_READABLE;

    public static IoctlRow Row { get; } = RowWith(IoptPages.CheckEndFirst);

    /// <summary>6.12: the length is checked before the end of the memory.</summary>
    public static IoctlRow Row612 { get; } = RowWith(IoptPages.CheckLengthFirst);

    internal delegate Errno CheckMemory(KernelMachine machine, ulong address, ulong length);

    private static IoctlRow RowWith(CheckMemory check) =>
        IoctlRow.For<IoasMapCmd>("ioas.c:iommufd_ioas_map()", ucmd => Handle(ucmd, check));

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_map(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd, CheckMemory check)
    {
        ref var cmd = ref ucmd.Command<IoasMapCmd>();
        if ((cmd.Flags & ~KnownFlags) != 0 || cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (cmd.Iova == ulong.MaxValue || cmd.Length == ulong.MaxValue)
            return Errno.EOVERFLOW;
        if (!HasDirection(cmd.Flags))
            return Errno.EINVAL;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        var iova = cmd.Iova;
        rc = check(ucmd.Machine, cmd.UserVa, cmd.Length);
        if (rc == Errno.OK)
        {
            rc = ioas.Iopt.MapUser(
                ref iova,
                cmd.UserVa,
                cmd.Length,
                ProtOf(ucmd.Machine, cmd.Flags),
                ucmd.Context.AccountsByProcess,
                IsAutomatic(cmd.Flags)
            );
        }

        if (rc == Errno.OK)
        {
            cmd.Iova = iova;
            rc = ucmd.Respond();
        }

        ucmd.Context.Put(ioas);
        return rc;
    }

    internal static bool HasDirection(uint flags) =>
        (flags & (KnownFlags & ~IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA)) != 0;

    internal static bool IsAutomatic(uint flags) => (flags & IoasMapFlags.IOMMU_IOAS_MAP_FIXED_IOVA) == 0;

    // Models drivers/iommu/iommufd/ioas.c:conv_iommu_prot(), v6.12 and v7.3: a device that is not coherent was
    // never bound.
    internal static IommuProt ProtOf(KernelMachine machine, uint flags)
    {
        var prot = IommuProt.Cache;
        if ((flags & IoasMapFlags.IOMMU_IOAS_MAP_WRITEABLE) != 0 || machine.Has(Bug.P01))
            prot |= IommuProt.Write;
        if ((flags & IoasMapFlags.IOMMU_IOAS_MAP_READABLE) != 0)
            prot |= IommuProt.Read;
        return prot;
    }
}
