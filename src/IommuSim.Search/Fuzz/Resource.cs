namespace IommuSim.Search.Fuzz;

/// <summary>Kinds of ids that calls take.</summary>
internal enum ResourceKind
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
}

/// <summary>An id that a call of the sequence returned.</summary>
/// <param name="File">The label of its descriptor.</param>
/// <param name="Driver">Device: the name of its driver; hwpts: that of the device they were made for.</param>
internal sealed record Resource(ResourceKind Kind, int Label, string Member, int File, string Driver)
{
    public bool Gone { get; set; }

    /// <summary>A hwpt that was made for others to be nested on.</summary>
    public bool IsParent { get; init; }

    /// <summary>A hwpt that was made with a queue for its page faults.</summary>
    public bool HasQueue { get; init; }

    /// <summary>vDEVICE: the device that it is of.</summary>
    public CallValue Of { get; init; }

    /// <summary>What it was made on, where that is a vIOMMU.</summary>
    public CallValue On { get; init; }

    public CallValue Value => CallValue.Result(Label, Member);
}
