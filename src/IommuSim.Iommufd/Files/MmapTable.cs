using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Files;

/// <summary>What a context's file has to map: C's mt_mmap.</summary>
internal sealed class MmapTable(KernelMachine machine)
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    private readonly SortedDictionary<ulong, MmapRange> _ranges = [];

    /// <summary>By offset.</summary>
    public IReadOnlyDictionary<ulong, MmapRange> Ranges => _ranges;

    /// <summary>
    /// Takes the lowest offset that is free, from the second page on: EINVAL for a length that is no positive
    /// multiple of a page, ENOMEM.
    /// </summary>
    // Models drivers/iommu/iommufd/driver.c:_iommufd_alloc_mmap(), v7.3.
    internal Errno Allocate(IommufdObject owner, Memory<byte> memory, out ulong offset)
    {
        const string Site = "_iommufd_alloc_mmap";
        offset = 0;
        if (memory.IsEmpty || (ulong)memory.Length % PageSize != 0)
            return Errno.EINVAL;
        if (!machine.Heap.CanAllocate(Site) || !machine.Heap.CanAllocate("mtree_alloc_range"))
            return Errno.ENOMEM;
        offset = PageSize;
        foreach (var range in _ranges.Values)
        {
            if (range.Offset - offset >= (ulong)memory.Length)
                break;
            offset = range.Offset + range.Length;
        }

        _ranges.Add(offset, machine.Heap.Track(new MmapRange(owner, offset, memory), Site));
        return Errno.OK;
    }

    // Models _iommufd_destroy_mmap(), v7.3.
    internal void Destroy(IommufdObject owner, ulong offset)
    {
        const string Site = "_iommufd_destroy_mmap";
        var range = _ranges.GetValueOrDefault(offset);
        _ranges.Remove(offset);
        machine.WarnOnOnce(!ReferenceEquals(range?.Owner, owner), Site, "the offset is not the owner's");
        if (range is not null)
            machine.Heap.Free(range, Site);
    }

    /// <summary>
    /// The range at exactly this offset, of which the caller holds the owner now: EINVAL, EPERM, ENXIO.
    /// </summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_mmap(), v7.3.
    internal Errno Map(ulong offset, ulong length, MmapProtection protection, out MmapRange? range)
    {
        const string Site = "iommufd_fops_mmap";
        range = null;
        if (length % PageSize != 0 || !protection.HasFlag(MmapProtection.Shared))
            return Errno.EINVAL;
        if (protection.HasFlag(MmapProtection.Execute))
            return Errno.EPERM;
        machine.Reach(this, Touch.Read, Site);
        var found = _ranges.Values.LastOrDefault(r => r.Offset <= offset);
        if (found is null || offset - found.Offset >= found.Length)
            return Errno.ENXIO;
        if (!found.Owner.Users.IncNotZero(machine, Site))
            return Errno.ENXIO;
        if (found.Offset != offset || found.Length != length)
        {
            found.Owner.DropUser(Site);
            return Errno.ENXIO;
        }

        range = found;
        return Errno.OK;
    }
}
