using IommuSim.Iommu.PageFaults;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>C's struct iommu_domain. Drivers derive their own; a cast to one is C's container_of.</summary>
public class IommuDomain : HeapObject
{
    private DomainPageTable? _pageTable;

    public required DomainType Type { get; init; }

    public required DomainOps Ops { get; init; }

    /// <summary>The driver that allocated it. Kernels before 6.8 have no such field and never look at it.</summary>
    public IommuOps? Owner { get; set; }

    /// <summary>Null where the driver cannot tell which pages were written to.</summary>
    public DirtyOps? DirtyOps { get; init; }

    /// <summary>First I/O virtual address that it translates.</summary>
    public ulong ApertureStart { get; init; }

    /// <summary>Last I/O virtual address that it translates.</summary>
    public ulong ApertureEnd { get; init; } = ulong.MaxValue;

    /// <summary>Bit n set: pages of 2^n bytes. 0 on nested domains, which map nothing themselves.</summary>
    public ulong PgsizeBitmap { get; init; }

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

    /// <summary>Its index in the I/O page table that fills it, or -1.</summary>
    public int TableIndex { get; set; } = -1;

    /// <summary>A domain that is part of the driver's image: never allocated, never freed.</summary>
    public bool IsStatic { get; init; }

    public override string ToString() => $"{Type.ToString().ToLowerInvariant()} domain of {Ops.Name}";
}
