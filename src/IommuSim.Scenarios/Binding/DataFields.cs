using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// An argument that fills several fields: the pointer to memory, and what describes it.
/// </summary>
/// <param name="Argument">The name that a scenario writes.</param>
/// <param name="Pointer">The field that gets the address.</param>
/// <param name="Length">
/// The field that gets the bytes, of one entry where there are several.
/// </param>
/// <param name="Count">The field that gets the number of entries.</param>
internal sealed record DataFields(string Argument, string Pointer, string? Length, string Count)
{
    private static readonly DataFields s_iovas = new("iovas", "allowed_iovas", null, "num_iovas");

    public static IReadOnlyList<DataFields> All { get; } =
    [
        new("data", FieldNames.DataPointer, FieldNames.DataLength, FieldNames.EntryCount),
        new("entries", FieldNames.DataPointer, FieldNames.DataLength, FieldNames.EntryCount),
        s_iovas,
    ];

    public bool FitsAny(IoctlVerb verb) => verb.Layouts.Any(layout => FieldNames.Find(layout, Pointer) is not null);

    /// <summary>What the length and count fields get for this memory.</summary>
    public (ulong Length, ulong Count) Measure(MemoryImage image)
    {
        if (ReferenceEquals(this, s_iovas))
            return (image.Length, image.Length / FieldPlace.RangeSize);
        StructLayoutTable? layout = image.Layout;
        return (layout is null ? image.Length : (ulong)layout.Size, (ulong)image.Count);
    }
}
