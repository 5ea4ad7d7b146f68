namespace IommuSim.Search.LifeCycle;

/// <summary>Kinds of objects as the documentation of the uAPI names them.</summary>
internal enum ModelKind
{
    Ioas,
    Device,
    Paging,
    Nested,
    Stdev,
    FaultQueue,
    Viommu,
    Vdevice,
    Veventq,
    HwQueue,

    /// <summary>Of the kernel itself: a hardware queue keeps its memory mapped by one.</summary>
    Access,
}

/// <summary>An object behind an id, and what holds it.</summary>
internal sealed class ModelObject(ModelKind kind, uint id)
{
    public ModelKind Kind { get; } = kind;

    public uint Id { get; } = id;

    /// <summary>Paging: its IOAS; nested: its parent or vIOMMU; vIOMMU: its hwpt; what is on a vIOMMU: that.</summary>
    public ModelObject? Below { get; init; }

    /// <summary>A second object that it holds: a hwpt its fault queue, a hardware queue the one before it.</summary>
    public ModelObject? Also { get; init; }

    /// <summary>vDEVICE: what the guest calls it; event queue: its type; hardware queue: its index.</summary>
    public ulong Number { get; init; }

    /// <summary>vDEVICE: its device. Access: its hardware queue.</summary>
    public ModelObject? Of { get; init; }

    /// <summary>Device: what a guest sees of it.</summary>
    public ModelObject? Vdevice { get; set; }

    /// <summary>Paging: others may be nested on it.</summary>
    public bool IsParent { get; init; }

    /// <summary>Made by attaching to an IOAS; goes with its last device.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>The driver of the device it was made for.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Device: its group. Stdev: the group of its device.</summary>
    public ModelGroup? Group { get; init; }

    /// <summary>Stdev: its device.</summary>
    public ModelObject? Device { get; init; }

    /// <summary>Objects and devices that point here; IOMMU_DESTROY answers EBUSY while there are any.</summary>
    public int Referrers { get; set; }

    public bool IsHwpt => Kind is ModelKind.Paging or ModelKind.Nested;
}

/// <summary>Devices that move together: they share a hwpt or have none.</summary>
internal sealed class ModelGroup
{
    public ModelObject? Hwpt { get; set; }

    public List<ModelObject> Attached { get; } = [];

    /// <summary>The context that owns it, and its bound devices.</summary>
    public ModelContext? Owner { get; set; }

    public int Bound { get; set; }
}
