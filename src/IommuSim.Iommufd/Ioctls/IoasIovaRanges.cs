using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Kernel.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_IOVA_RANGES: EOPNOTSUPP for a reserved field, ENOENT, EFAULT, and EMSGSIZE when there are more
/// ranges than the caller has room for; the count is written back even then.
/// </summary>
public static class IoasIovaRanges
{
    public static IoctlRow Row { get; } =
        IoctlRow.For<IoasIovaRangesCmd>(
            IoctlNumber.IOMMU_IOAS_IOVA_RANGES,
            nameof(IoctlNumber.IOMMU_IOAS_IOVA_RANGES),
            32,
            Handle
        );

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_iova_ranges(), v6.3 to v6.8.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasIovaRangesCmd>();
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = CopyRanges(ucmd, ref cmd, ioas);
        ucmd.Context.Put(ioas);
        return rc;
    }

    private static Errno CopyRanges(Ucmd ucmd, ref IoasIovaRangesCmd cmd, Ioas ioas)
    {
        var ranges = ioas.Iopt.UsableRanges();
        var room = cmd.NumIovas;
        for (var i = 0; i < ranges.Count && i < room; i++)
        {
            var range = ranges[i];
            var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<IovaRange>(in range));
            var address = cmd.AllowedIovas + ((ulong)i * (ulong)Unsafe.SizeOf<IovaRange>());
            if (ucmd.Machine.CopyToUser(address, bytes) != Errno.OK)
                return Errno.EFAULT;
        }

        cmd.NumIovas = (uint)ranges.Count;
        cmd.OutIovaAlignment = ioas.Iopt.IovaAlignment;
        var rc = ucmd.Respond();
        return rc == Errno.OK && ranges.Count > room ? Errno.EMSGSIZE : rc;
    }
}
