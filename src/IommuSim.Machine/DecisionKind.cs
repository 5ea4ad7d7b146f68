namespace IommuSim.Machine;

/// <summary>What a decision is about; its letter in a replay string is the first of its name.</summary>
public enum DecisionKind
{
    /// <summary>What a read of memory that holds nothing defined yields.</summary>
    Garbage,

    /// <summary>Whether an allocation fails.</summary>
    Allocation,

    /// <summary>Whether a copy from or to user memory faults although the page is there.</summary>
    Copy,

    /// <summary>Whether a driver op refuses.</summary>
    DriverOp,

    /// <summary>
    /// Whether a point of a fault attribute that the kernel's own C declares fails; only ever injected.
    /// </summary>
    FaultAttribute,
}
