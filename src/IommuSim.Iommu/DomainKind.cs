using IommuSim.Iommu.Dirty;

namespace IommuSim.Iommu;

/// <summary>What is alike in all domains that a driver allocates in one way; it never changes.</summary>
/// <param name="Type">What such a domain is for.</param>
/// <param name="Ops">What the driver does with it.</param>
internal sealed record DomainKind(DomainType Type, DomainOps Ops)
{
    /// <summary>Null where the driver cannot tell which pages were written to.</summary>
    public DirtyOps? DirtyOps { get; init; }

    /// <summary>First I/O virtual address that it translates.</summary>
    public ulong ApertureStart { get; init; }

    /// <summary>Last I/O virtual address that it translates.</summary>
    public ulong ApertureEnd { get; init; } = ulong.MaxValue;

    /// <summary>Bit n set: pages of 2^n bytes. 0 on nested domains, which map nothing themselves.</summary>
    public ulong PgsizeBitmap { get; init; }

    /// <summary>
    /// The function of C that maps into a page table of 7.3, which warns of no permission; else null.
    /// </summary>
    public string? MapRange { get; init; }

    /// <summary>
    /// 7.3: the page table refuses what devices may only read, as a parent on VT-d does for an erratum: C's
    /// PT_FEAT_VTDSS_FORCE_WRITEABLE. 6.12 asks the domain's nested_parent for the same.
    /// </summary>
    public bool IsForceWriteable { get; init; }

    /// <summary>A domain that is part of the driver's image: never allocated, never freed.</summary>
    public bool IsStatic { get; init; }
}
