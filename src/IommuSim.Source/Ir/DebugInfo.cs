namespace IommuSim.Source.Ir;

/// <summary>Where each instruction comes from, and how structs are laid out, by the names of the C source.</summary>
/// <param name="Locations">By the number of the metadata node.</param>
/// <param name="Structs">Structs and unions by tag; those without members are left out.</param>
internal sealed record DebugInfo(
    IReadOnlyDictionary<int, SourceLocation> Locations,
    IReadOnlyDictionary<string, StructLayout> Structs
)
{
    public static readonly DebugInfo None = new(
        new Dictionary<int, SourceLocation>(),
        new Dictionary<string, StructLayout>(StringComparer.Ordinal)
    );
}

/// <summary>A line of C.</summary>
/// <param name="File">Relative to the kernel's tree where it lies in it.</param>
/// <param name="Function">The function whose text it is.</param>
/// <param name="InlinedAt">The call that was replaced by this function's text; null where none was.</param>
internal sealed record SourceLocation(string File, int Line, string Function, SourceLocation? InlinedAt);

/// <param name="Size">Bytes.</param>
/// <param name="Members">
/// By name. Members of an unnamed struct or union stand among those of the struct that holds it.
/// </param>
internal sealed record StructLayout(string Name, ulong Size, IReadOnlyDictionary<string, StructMember> Members);

/// <param name="Offset">Bytes from the start of the struct; of a bit field: of the byte that has its first bit.</param>
/// <param name="Size">Bytes; 0 for a bit field.</param>
/// <param name="Struct">The tag, for a member that is itself a struct, or an array of them; else null.</param>
internal sealed record StructMember(string Name, ulong Offset, ulong Size, string? Struct);
