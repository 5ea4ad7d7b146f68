namespace IommuSim.Search.Invariants;

/// <summary>Parts of the observable state; a change is told by the first that differs.</summary>
public enum Aspect
{
    Objects,
    Users,
    Reservations,
    Domains,
    Mappings,
    Hwpts,
    Coherency,
    Groups,
    Devices,
    Events,
    Memory,
}
