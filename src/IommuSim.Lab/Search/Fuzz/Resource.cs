namespace IommuSim.Lab.Search.Fuzz;

/// <summary>Kinds of ids that calls take.</summary>
internal enum ResourceKind
{
    Ioas,
    Device,
    Paging,
    Nested,
    Stdev,
    FaultQueue,
}

/// <summary>An id that a call of the sequence returned.</summary>
/// <param name="File">The label of its descriptor.</param>
/// <param name="Driver">Device: the name of its driver; hwpts: that of the device they were made for.</param>
internal sealed record Resource(
    ResourceKind Kind,
    int Label,
    string Member,
    int File,
    string Driver
)
{
    public bool Gone { get; set; }

    public CallValue Value => CallValue.Result(Label, Member);
}
