using System.Runtime.InteropServices;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_IOVA_RANGES: EOPNOTSUPP for a reserved field, ENOENT, EFAULT, and EMSGSIZE when there are more
/// ranges than the caller has room for; the count is written back even then.
/// </summary>
internal static class IoasIovaRanges
{
    public static IoctlRow Row { get; } = IoctlRow.For<IoasIovaRangesCmd>("ioas.c:iommufd_ioas_iova_ranges()", Handle);

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_iova_ranges(), v6.3 to v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasIovaRangesCmd>();
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        const string Site = "iommufd_ioas_iova_ranges";
        ioas.Iopt.DownReadIova(Site);
        rc = CopyRanges(ucmd, ref cmd, ioas.Iopt);
        ioas.Iopt.UpReadIova(Site);
        ucmd.Context.Put(ioas);
        return rc;
    }

    private static Errno CopyRanges(Ucmd ucmd, ref IoasIovaRangesCmd cmd, IoPagetable iopt)
    {
        var room = cmd.NumIovas;
        cmd.NumIovas = 0;
        cmd.OutIovaAlignment = iopt.IovaAlignment;
        ulong at = 0;
        while (iopt.NextUsable(at, out var range))
        {
            if (cmd.NumIovas < room)
            {
                var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<IovaRange>(in range));
                var address = cmd.AllowedIovas + (cmd.NumIovas * (ulong)bytes.Length);
                if (ucmd.Machine.CopyToUser(address, bytes) != Errno.OK)
                    return Errno.EFAULT;
            }

            cmd.NumIovas++;
            if (range.Last == ulong.MaxValue)
                break;
            at = range.Last + 1;
        }

        var rc = ucmd.Respond();
        return rc == Errno.OK && cmd.NumIovas > room ? Errno.EMSGSIZE : rc;
    }
}
