using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// A range of an IOAS that is backed by a slice of <see cref="IoptPages"/>. Models
/// drivers/iommu/iommufd/io_pagetable.h:struct iopt_area. The node belongs to iova_rwsem, the rest to the
/// mutex of the pages.
/// </summary>
internal sealed class IoptArea : HeapObject
{
    /// <summary>Where it is in the I/O virtual address space; null until it is inserted.</summary>
    public Interval<IoptArea>? Node { get; internal set; }

    /// <summary>Which pages of <see cref="Pages"/> it shows, by index.</summary>
    public Interval<IoptArea>? PagesNode { get; internal set; }

    /// <summary>Null until it is inserted.</summary>
    public IoPagetable? Iopt { get; internal set; }

    /// <summary>Null during set-up and teardown: the range is taken and not usable.</summary>
    public IoptPages? Pages { get; internal set; }

    /// <summary>One of the domains that it is mapped into, for all of them; null when there is none.</summary>
    public IommuDomain? StorageDomain { get; internal set; }

    /// <summary>Bytes into its first page.</summary>
    public ulong PageOffset { get; internal set; }

    public IommuProt Prot { get; internal set; }

    public uint AccessCount { get; internal set; }

    /// <summary>It is about to be unmapped: accesses are asked to unpin, and none may pin any more.</summary>
    public bool PreventsAccess { get; internal set; }

    /// <summary>Accesses of the kernel itself. They do not unpin on request, so an unmap is EBUSY.</summary>
    public uint LockCount { get; internal set; }

    public ulong Iova => Node!.Start;

    public ulong LastIova => Node!.Last;

    /// <summary>Bytes.</summary>
    public ulong Length => Node!.Last - Node.Start + 1;

    /// <summary>The first index into the pages, and the last.</summary>
    public ulong FirstIndex => PagesNode!.Start;

    public ulong LastIndex => PagesNode!.Last;

    /// <summary>Bytes from the start of the pages to this address.</summary>
    // Models drivers/iommu/iommufd/io_pagetable.h:iopt_area_start_byte(), v6.12 and v7.3.
    public ulong StartByte(ulong iova) => iova - Iova + PageOffset + (FirstIndex * IoptPages.PageSize);

    // Models drivers/iommu/iommufd/io_pagetable.h:iopt_area_iova_to_index(), v6.12 and v7.3.
    public ulong IndexOf(ulong iova) => StartByte(iova) / IoptPages.PageSize;

    public override string ToString() => "iopt_area";
}
