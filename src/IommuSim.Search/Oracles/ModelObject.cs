using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>An object behind an id, and what holds it.</summary>
internal sealed class ModelObject(ObjectKind kind, uint id)
{
    public ObjectKind Kind { get; } = kind;

    public uint Id { get; } = id;

    /// <summary>Paging: its IOAS; nested: its parent or vIOMMU; vIOMMU: its hwpt; what is on a vIOMMU: that.</summary>
    public ModelObject? Below { get; init; }

    /// <summary>A second object that it holds: a hwpt its fault queue, a hardware queue the one before it.</summary>
    public ModelObject? Also { get; init; }

    /// <summary>vDEVICE: what the guest calls it; event queue: its type; hardware queue: its index.</summary>
    public ulong Number { get; init; }

    /// <summary>Hardware queue: what it keeps mapped of its vIOMMU's IOAS.</summary>
    public AddressRange? Memory { get; init; }

    /// <summary>vDEVICE: its device. Access: its hardware queue.</summary>
    public ModelObject? Of { get; init; }

    /// <summary>Device: what a guest sees of it.</summary>
    public ModelObject? Vdevice { get; set; }

    /// <summary>Paging: others may be nested on it.</summary>
    public bool IsParent { get; init; }

    /// <summary>Made by attaching to an IOAS; goes with its last device.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>Hwpt: a device may be attached to it by a PASID.</summary>
    public bool IsForPasids { get; init; }

    /// <summary>The driver of the device it was made for.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Device: its group. Stdev: the group of its device.</summary>
    public ModelGroup? Group { get; init; }

    /// <summary>Stdev: its device.</summary>
    public ModelObject? Device { get; init; }

    /// <summary>Device: what it is a binding of.</summary>
    public ModelHardware? Hardware { get; init; }

    /// <summary>Fault queue: what is in it.</summary>
    public FaultModel? Faults { get; init; }

    /// <summary>Event queue: what is in it.</summary>
    public EventModel? Events { get; init; }

    /// <summary>Objects and devices that point here; IOMMU_DESTROY fails with EBUSY while there are any.</summary>
    public int Referrers { get; set; }

    public bool IsHwpt => Kind is ObjectKind.Paging or ObjectKind.Nested;
}

/// <summary>Devices that move together: they share a hwpt or have none.</summary>
internal sealed class ModelGroup
{
    public ModelObject? Hwpt { get; set; }

    public List<ModelObject> Attached { get; } = [];

    /// <summary>What is attached by PASIDs other than 0. Only devices that are alone in their group have any.</summary>
    public List<(uint Pasid, ModelObject Hwpt)> Pasids { get; } = [];

    /// <summary>Its devices, bound or not.</summary>
    public List<ModelHardware> Hardware { get; } = [];

    /// <summary>The context that owns it, and its bound devices.</summary>
    public ModelContext? Owner { get; set; }

    public int Bound { get; set; }

    /// <summary>What a PASID, or with 0 the group itself, is attached to; null for nothing.</summary>
    public ModelObject? AttachedBy(uint pasid)
    {
        if (pasid == 0)
            return Hwpt;
        foreach (var (other, hwpt) in Pasids)
        {
            if (other == pasid)
                return hwpt;
        }

        return null;
    }

    /// <summary>A mock remembers the vIOMMU of the hwpt it is on, and how the guest numbered it when it came.</summary>
    public void Enter(ModelObject? hwpt)
    {
        var viommu = hwpt is { Kind: ObjectKind.Nested, Below: { Kind: ObjectKind.Viommu } below } ? below : null;
        foreach (var hardware in Hardware)
        {
            if (ReferenceEquals(hardware.Viommu, viommu))
                continue;
            hardware.Viommu = viommu;
            var vdevice = hardware.Bound?.Vdevice;
            hardware.Number = viommu is not null && ReferenceEquals(vdevice?.Below, viommu) ? vdevice!.Number : null;
        }
    }

    /// <summary>After a refused move of several devices some may have left their vIOMMU and come back.</summary>
    public void Refused()
    {
        foreach (var hardware in Hardware)
        {
            if (Hardware.Count > 1 && hardware.Viommu is not null)
                hardware.Number = null;
        }
    }
}

/// <summary>A device of the machine, for as long as it is plugged in.</summary>
internal sealed class ModelHardware
{
    /// <summary>Its binding, or null.</summary>
    public ModelObject? Bound { get; set; }

    /// <summary>The vIOMMU to which the mock reports events, or null.</summary>
    public ModelObject? Viommu { get; set; }

    /// <summary>How the guest numbers it there; null when that is not known.</summary>
    public ulong? Number { get; set; }

    /// <summary>It has PASIDs at all.</summary>
    public bool HasPasids { get; set; }

    /// <summary>The mock refuses the next attach by the PASID that is kept for that; null where not known.</summary>
    public bool? RefusesReserved { get; set; } = false;
}
