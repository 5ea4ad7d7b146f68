using IommuSim.Iommu;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>A domain that translates with page tables of the second stage.</summary>
internal sealed class VtdPagingDomain(DomainKind kind) : VtdDomain(kind)
{
    /// <summary>Bits of an I/O virtual address before a device narrows them.</summary>
    public const int DefaultWidth = 57;

    /// <summary>Bits of an I/O virtual address: those of the unit that was attached last.</summary>
    public int Width { get; set; } = DefaultWidth;

    /// <summary>Levels as <see cref="VtdProfile.Agaw"/> counts them; attaching only ever lowers it.</summary>
    public int Agaw { get; set; } = VtdProfile.AgawOf(DefaultWidth);

    /// <summary>From 6.7 on: allocated with IOMMU_HWPT_ALLOC_NEST_PARENT.</summary>
    public bool IsNestParent { get; set; }

    /// <summary>6.12: something was mapped, whether or not it still is.</summary>
    public bool HasMappings { get; set; }

    /// <summary>Devices that translate with a nested domain on this one.</summary>
    public int NestedDevices { get; set; }

    /// <summary>From 6.7 on: allocated with IOMMU_HWPT_ALLOC_DIRTY_TRACKING.</summary>
    public bool TracksDirty { get; set; }
}
