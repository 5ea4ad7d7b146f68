using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Iommufd.Ioctls;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Vfio;

/// <summary>VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA.</summary>
internal static class ContainerMap
{
    private const uint Read = VfioDmaMap.VFIO_DMA_MAP_FLAG_READ;
    private const uint Write = VfioDmaMap.VFIO_DMA_MAP_FLAG_WRITE;

    /// <summary>
    /// Maps at the caller's address. EFAULT, EINVAL for a struct that is too short and for an unknown flag, ENODEV
    /// without an IOAS, then as IOMMU_IOAS_MAP.
    /// </summary>
    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_map_dma(), v6.12 and v7.3.
    public static Errno Map(Ucmd ucmd, IoasMap.CheckMemory check)
    {
        var machine = ucmd.Machine;
        if (machine.CopyFromUser(out VfioDmaMap map, ucmd.UserAddress) != Errno.OK)
            return Errno.EFAULT;
        if (map.Argsz < Unsafe.SizeOf<VfioDmaMap>() || (map.Flags & ~(Read | Write)) != 0)
            return Errno.EINVAL;
        if (map.Flags == 0 && !machine.Has(Bug.N18))
            return Errno.EINVAL;
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        var iova = map.Iova;
        rc = check(machine, map.Vaddr, map.Size);
        if (rc == Errno.OK)
            rc = ioas.Iopt.MapUser(
                ref iova,
                map.Vaddr,
                map.Size,
                ProtOf(map.Flags),
                ucmd.Context.AccountsByProcess,
                isAutomatic: false
            );
        ucmd.Context.Put(ioas);
        return rc;
    }

    /// <summary>
    /// Unmaps a range, or everything. EFAULT, EINVAL for a struct that is too short, an unknown flag and everything
    /// with a range, ENODEV without an IOAS. Where large pages are off, areas are cut at both ends of the range first,
    /// and what that fails with ends the call. Then the length is returned whatever comes of it, and that is EFAULT
    /// where it cannot be. A range without areas is no error.
    /// </summary>
    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_unmap_dma(), v6.12 and v7.3.
    public static Errno Unmap(Ucmd ucmd)
    {
        var machine = ucmd.Machine;
        if (machine.CopyFromUser(out VfioDmaUnmap unmap, ucmd.UserAddress) != Errno.OK)
            return Errno.EFAULT;
        const uint All = VfioDmaUnmap.VFIO_DMA_UNMAP_FLAG_ALL;
        if (unmap.Argsz < Unsafe.SizeOf<VfioDmaUnmap>() || (unmap.Flags & ~All) != 0)
            return Errno.EINVAL;
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        if ((unmap.Flags & All) == 0)
            rc = Cut(ioas, in unmap);
        else if ((unmap.Iova | unmap.Size) != 0)
            rc = Errno.EINVAL;
        if (rc == Errno.OK)
        {
            rc =
                (unmap.Flags & All) != 0
                    ? ioas.Iopt.UnmapAll(out var unmapped)
                    : ioas.Iopt.Unmap(unmap.Iova, unmap.Size, out unmapped);
            if (machine.Has(Bug.M33) && rc == Errno.OK && unmapped == 0 && (unmap.Flags & All) == 0)
                rc = Errno.ENOENT;
            unmap.Size = unmapped;
            var answer = MemoryMarshal.AsBytes(new ReadOnlySpan<VfioDmaUnmap>(in unmap));
            if (machine.CopyToUser(ucmd.UserAddress, answer) != Errno.OK && !machine.Has(Bug.C17))
                rc = Errno.EFAULT;
        }

        ucmd.Context.Put(ioas);
        return rc;
    }

    private static Errno Cut(Ioas ioas, in VfioDmaUnmap unmap)
    {
        if (!ioas.Iopt.LargePagesDisabled)
            return Errno.OK;
        ReadOnlySpan<ulong> lastIovas = [unmap.Iova + unmap.Size - 1, unmap.Iova - 1];
        return ioas.Iopt.Cut(unmap.Iova == 0 ? lastIovas[..1] : lastIovas);
    }

    private static IommuProt ProtOf(uint flags)
    {
        var prot = IommuProt.Cache;
        if ((flags & Read) != 0)
            prot |= IommuProt.Read;
        if ((flags & Write) != 0)
            prot |= IommuProt.Write;
        return prot;
    }
}
