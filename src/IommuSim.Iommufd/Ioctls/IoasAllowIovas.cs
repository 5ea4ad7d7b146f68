using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// IOMMU_IOAS_ALLOW_IOVAS: replaces the ranges that automatic addresses come from. EOPNOTSUPP for a reserved field,
/// ENOENT; range by range EFAULT, EINVAL for one that is empty, a single address or meets another, ENOMEM; EADDRINUSE
/// when one meets a reserved range. What is mapped does not matter.
/// </summary>
internal static class IoasAllowIovas
{
    public static IoctlRow Row { get; } = IoctlRow.For<IoasAllowIovasCmd>("ioas.c:iommufd_ioas_allow_iovas()", Handle);

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_allow_iovas(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<IoasAllowIovasCmd>();
        if (cmd.Reserved != 0)
            return Errno.EOPNOTSUPP;
        var rc = ucmd.Context.Get(cmd.IoasId, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        var allowed = new IntervalTree<AllowedRange>();
        rc = Load(ucmd.Machine, cmd.AllowedIovas, cmd.NumIovas, allowed);
        if (rc == Errno.OK)
            rc = ioas.Iopt.SetAllowed(ref allowed);
        IoPagetable.FreeAllowed(ucmd.Machine, allowed);
        ucmd.Context.Put(ioas);
        return rc;
    }

    // Models drivers/iommu/iommufd/ioas.c:iommufd_ioas_load_iovas(), v6.12 and v7.3.
    private static Errno Load(KernelMachine machine, ulong address, uint count, IntervalTree<AllowedRange> allowed)
    {
        const string Site = "iommufd_ioas_load_iovas";
        var size = (ulong)Unsafe.SizeOf<IovaRange>();
        for (uint i = 0; i < count; i++)
        {
            IovaRange range = default;
            var bytes = MemoryMarshal.AsBytes(new Span<IovaRange>(ref range));
            if (machine.CopyFromUser(bytes, address + (i * size)) != Errno.OK)
                return Errno.EFAULT;
            if (range.Start >= range.Last || allowed.First(range.Start, range.Last) is not null)
                return Errno.EINVAL;
            if (!machine.Heap.CanAllocate(Site))
                return Errno.ENOMEM;
            var entry = new AllowedRange(range.Start, range.Last);
            allowed.Insert(machine.Heap.Track(entry, Site).Node);
        }

        return Errno.OK;
    }
}
