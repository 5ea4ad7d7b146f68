using System.Collections.Immutable;
using IommuSim.Machine.Reports;

namespace IommuSim.Machine;

/// <summary>
/// A constant C array of integers with designated initialisers: holes are 0, its size is the largest index
/// plus one, and a read past it is not an exception but what it is in C.
/// </summary>
/// <param name="name">The C name of the array.</param>
/// <param name="elementSize">Bytes of one element.</param>
/// <param name="entries">The initialised entries by index.</param>
internal sealed class CTable(string name, int elementSize, ImmutableSortedDictionary<uint, ulong> entries)
{
    /// <summary>
    /// How far past an array a read still hits memory of the kernel's image. An assumption: images of
    /// modules and of vmlinux are some megabytes, and what lies further is as a rule not mapped.
    /// </summary>
    public const ulong MappedBytesPastTable = 1 << 20;

    /// <summary>Neighbouring read-only data: zeroes, a small number, a pointer, all ones.</summary>
    private static readonly ulong[] s_neighbours = [0, 64, 0xffffffff82a4c1e0, ulong.MaxValue];

    private readonly ulong[] _values = Flatten(entries);

    public string Name { get; } = name;

    /// <summary>The initialised entries, for printing the table.</summary>
    public ImmutableSortedDictionary<uint, ulong> Entries { get; } = entries;

    /// <summary>C's ARRAY_SIZE.</summary>
    public uint Length => (uint)_values.Length;

    public CTable With(uint index, ulong value) => new(Name, elementSize, Entries.SetItem(index, value));

    /// <summary><c>table[index]</c> without a check, as C does it.</summary>
    public ulong Read(KernelMachine machine, uint index, string function)
    {
        if (index < (uint)_values.Length)
            return _values[index];
        var past = ((ulong)index - Length) * (ulong)elementSize;
        var what = $"read of size {elementSize} at {Name}[{index}], {past} bytes past its {Length} entries";
        if (past > MappedBytesPastTable)
            throw machine.Oops(ReportKind.PageFault, function, what);
        machine.Report(ReportKind.GlobalOutOfBounds, function, what);
        return machine.Garbage(Name, s_neighbours);
    }

    private static ulong[] Flatten(ImmutableSortedDictionary<uint, ulong> entries)
    {
        var values = new ulong[entries.IsEmpty ? 0 : entries.Keys.Last() + 1];
        foreach (var (index, value) in entries)
            values[index] = value;
        return values;
    }
}
