using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// A range of <see cref="IoptPages"/> that accesses hold, shared by those of exactly the same range. Models
/// drivers/iommu/iommufd/io_pagetable.h:struct iopt_pages_access.
/// </summary>
internal sealed class PagesAccess : HeapObject
{
    public PagesAccess(ulong first, ulong last) => Node = new Interval<PagesAccess>(first, last, this);

    /// <summary>Indexes of pages.</summary>
    public Interval<PagesAccess> Node { get; }

    public uint Users { get; internal set; } = 1;

    public override string ToString() => "iopt_pages_access";
}
