namespace IommuSim.Search.Fuzz;

/// <summary>What a field is given: a number, an id that an earlier call returned, or memory.</summary>
/// <param name="Number">The number, where it is one.</param>
/// <param name="Label">The call whose result it is; 0 for none. A call that failed returns 0.</param>
/// <param name="Member">Which of its results: <c>ioas</c> of <c>out_ioas_id</c>.</param>
/// <param name="Memory">The memory that the field points to.</param>
public readonly record struct CallValue(ulong Number, int Label = 0, string? Member = null, MemorySpec? Memory = null)
{
    public static CallValue Of(ulong number) => new(number);

    public static CallValue Result(int label, string member) => new(0, label, member);

    public static CallValue At(MemorySpec memory) => new(0, 0, null, memory);
}
