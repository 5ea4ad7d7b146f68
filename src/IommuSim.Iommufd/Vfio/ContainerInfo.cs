using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Vfio;

/// <summary>
/// VFIO_IOMMU_GET_INFO: page sizes, and behind the struct a chain of capabilities, as far as there is room: how many
/// mappings there may be, and which addresses can be mapped. The struct says how much room all would take. EFAULT,
/// EINVAL for a struct that is too short, ENODEV without an IOAS.
/// </summary>
internal static class ContainerInfo
{
    /// <summary>Up to the page sizes.</summary>
    private const uint MinSize = 16;

    private const uint InfoSize = 24;
    private const ushort RangesId = 1;
    private const ushort AvailableId = 3;

    // Models drivers/iommu/iommufd/vfio_compat.c:iommufd_vfio_iommu_get_info(), v6.12 and v7.3.
    public static Errno Get(Ucmd ucmd)
    {
        const string Site = "iommufd_vfio_iommu_get_info";
        VfioIommuInfo info = default;
        var bytes = MemoryMarshal.AsBytes(new Span<VfioIommuInfo>(ref info));
        if (ucmd.Machine.CopyFromUser(bytes[..(int)MinSize], ucmd.UserAddress) != Errno.OK)
            return Errno.EFAULT;
        if (info.Argsz < MinSize)
            return Errno.EINVAL;
        var size = Math.Min(info.Argsz, InfoSize);
        var rc = ucmd.Context.GetVfioIoas(out var ioas);
        if (rc != Errno.OK)
            return rc;
        info.Flags = VfioIommuInfo.VFIO_IOMMU_INFO_PGSIZES;
        if (ucmd.Machine.Has(Bug.C14))
            info.Pad = (uint)ucmd.Machine.Garbage(Site, [0xffff8880, 0]);
        if (!ucmd.Machine.Has(Bug.C15))
            info.IovaPgsizes = ioas.Iopt.PageSizes();
        ioas.Iopt.DownReadIova(Site);
        if (ucmd.Machine.Has(Bug.C15))
            info.IovaPgsizes = ioas.Iopt.PageSizes();
        rc = WriteCapabilities(ucmd, ioas, ref info);
        if (rc == Errno.OK)
            rc = ucmd.Machine.CopyToUser(ucmd.UserAddress, bytes[..(int)size]);
        ioas.Iopt.UpReadIova(Site);
        ucmd.Context.Put(ioas);
        return rc;
    }

    private static Errno WriteCapabilities(Ucmd ucmd, Ioas ioas, ref VfioIommuInfo info)
    {
        var available = new Room(ucmd.Machine, ucmd.UserAddress + InfoSize, RoomBehind(info.Argsz, InfoSize));
        if (!WriteAvailable(available, out var availableSize))
            return Errno.EFAULT;
        var second = InfoSize + Align(availableSize);
        var ranges = new Room(ucmd.Machine, ucmd.UserAddress + second, RoomBehind(info.Argsz, second));
        if (!WriteRanges(ranges, ioas, out var rangesSize))
            return Errno.EFAULT;
        // The offset of the next header is behind the two numbers of the one before.
        if (info.Argsz >= second && !available.Put(sizeof(uint), (uint)second))
            return Errno.EFAULT;
        var total = second + Align(rangesSize);
        info.CapOffset = info.Argsz >= total ? InfoSize : 0;
        info.Argsz = (uint)total;
        info.Flags |= VfioIommuInfo.VFIO_IOMMU_INFO_CAPS;
        return Errno.OK;
    }

    /// <summary>As many mappings as a number of 32 bits can say.</summary>
    // Models iommufd_fill_cap_dma_avail(), v6.12 and v7.3.
    private static bool WriteAvailable(Room room, out ulong size)
    {
        var capability = new AvailableCapability
        {
            Id = AvailableId,
            Version = 1,
            Next = 0,
            Available = uint.MaxValue,
        };
        size = (ulong)Unsafe.SizeOf<AvailableCapability>();
        return room.Bytes < size || room.Put(0, in capability);
    }

    // Models iommufd_fill_cap_iova(), v6.12 and v7.3.
    private static bool WriteRanges(Room room, Ioas ioas, out ulong size)
    {
        var capability = new RangesCapability
        {
            Id = RangesId,
            Version = 1,
            Next = 0,
            Count = 0,
            Reserved = 0,
        };
        size = (ulong)Unsafe.SizeOf<RangesCapability>();
        for (ulong at = 0; ioas.Iopt.NextUsable(at, out var range); at = range.Last + 1)
        {
            var place = size;
            size += (ulong)Unsafe.SizeOf<IovaRange>();
            if (room.Bytes >= size && !room.Put(place, in range))
                return false;
            capability.Count++;
            if (range.Last == ulong.MaxValue)
                break;
        }

        return room.Bytes < size || room.Put(0, in capability);
    }

    private static ulong RoomBehind(uint size, ulong offset) => size > offset ? size - offset : 0;

    private static ulong Align(ulong size) => (size + 7) & ~7ul;

    /// <summary>The caller's memory for one capability, in bytes; none is not an address either.</summary>
    private readonly record struct Room(KernelMachine Machine, ulong Address, ulong Bytes)
    {
        public bool Put<T>(ulong offset, in T value)
            where T : unmanaged =>
            Machine.CopyToUser(Address + offset, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value))) == Errno.OK;
    }

    /// <summary>C's struct vfio_iommu_type1_info_dma_avail.</summary>
    private struct AvailableCapability
    {
        public ushort Id;
        public ushort Version;
        public uint Next;
        public uint Available;
    }

    /// <summary>C's struct vfio_iommu_type1_info_cap_iova_range, before the ranges.</summary>
    private struct RangesCapability
    {
        public ushort Id;
        public ushort Version;
        public uint Next;
        public uint Count;
        public uint Reserved;
    }
}
