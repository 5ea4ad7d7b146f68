using IommuSim.Iommu.Dirty;
using IommuSim.Iommu.PageFaults;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>C's struct iommu_domain. Drivers derive their own; a cast to one is C's container_of.</summary>
internal class IommuDomain(DomainKind kind) : HeapObject
{
    private DomainPageTable? _pageTable;

    public DomainKind Kind { get; } = kind;

    public DomainType Type => Kind.Type;

    public DomainOps Ops => Kind.Ops;

    /// <summary>The driver that allocated it. Kernels before 6.8 have no such field and never look at it.</summary>
    public IommuOps? Owner { get; set; }

    public DirtyOps? DirtyOps => Kind.DirtyOps;

    public ulong ApertureStart => Kind.ApertureStart;

    public ulong ApertureEnd => Kind.ApertureEnd;

    public ulong PgsizeBitmap => Kind.PgsizeBitmap;

    /// <summary>What it translates; allocated at the first use.</summary>
    public DomainPageTable PageTable => _pageTable ??= new DomainPageTable();

    /// <summary>
    /// C's iommufd_hwpt, which only iommufd understands; kernels before 6.15 set it with the handler.
    /// </summary>
    public object? IommufdHwpt { get; set; }

    /// <summary>
    /// Takes over a group of page faults; after OK it must answer and free the group. Null without a handler.
    /// </summary>
    public Func<IopfGroup, Errno>? IopfHandler { get; set; }

    /// <summary>Whether a software MSI window was prepared in it.</summary>
    public bool HasMsiCookie { get; set; }

    public bool IsStatic => Kind.IsStatic;

    /// <summary>Its index in the I/O page table that fills it, or -1.</summary>
    public int TableIndex { get; set; } = -1;

    public override string ToString() => $"{Type.ToString().ToLowerInvariant()} domain of {Ops.Name}";
}
