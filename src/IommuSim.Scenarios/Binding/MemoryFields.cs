using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// The fields that an outcome can read in memory: those of the struct there, of entry N as
/// eN.field, range N as rN, and any number as TYPE.OFFSET, for example u32.8.
/// </summary>
internal sealed class MemoryFields(BindContext context, StepAction action, PassedMemory memory, KernelNode kernel)
{
    /// <summary>
    /// Entries further out are no field of any scenario, and keep the offsets in 32 bits.
    /// </summary>
    private const int MaxIndex = 1 << 20;

    private static readonly (string Name, int Size)[] s_types = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];

    /// <summary>Where the field lies, or null with an error.</summary>
    public OutputField? Find(FieldExpectation field, MemoryExpectation read)
    {
        var name = field.Name.Text;
        if (Raw(name) is { } raw)
            return new OutputField(name, raw);
        if (Range(name) is { } range)
            return new OutputField(name, range);
        var layouts = LayoutsOf(read);
        if (layouts.Length == 0)
        {
            context.Sink.Error(
                field.Name.Span,
                $"which struct '{memory.Argument}' holds is not known; write data=STRUCT{{...}}, "
                    + $"or a number as in u32.8, instead of '{Token.Shorten(name)}'"
            );
            return null;
        }

        var (entry, member) = Entry(name);
        var start = entry * layouts.Sum(layout => layout.Size);
        foreach (var layout in layouts)
        {
            if (FieldNames.Find(layout, member) is { } own)
                return new OutputField(name, FieldPlace.Of(own, start));
            start += layout.Size;
        }

        var owner = string.Join(" and ", layouts.Select(layout => "struct " + layout.CName));
        context.Memory.UnknownField(field.Name, owner, layouts);
        return null;
    }

    private static FieldPlace? Raw(string name)
    {
        foreach (var (type, size) in s_types)
        {
            if (
                name.StartsWith(type + ".", StringComparison.Ordinal)
                && TryIndex(name.AsSpan(type.Length + 1), out var offset)
            )
            {
                return new FieldPlace(offset, size, 1, false);
            }
        }

        return null;
    }

    private FieldPlace? Range(string name)
    {
        var isRange = memory.Structs is [] or [MemoryBinder.RangeStruct];
        return isRange && name.StartsWith('r') && TryIndex(name.AsSpan(1), out var index)
            ? FieldPlace.Range(index * FieldPlace.RangeSize)
            : null;
    }

    private static (int Entry, string Member) Entry(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 1 && name[0] == 'e' && TryIndex(name.AsSpan(1, dot - 1), out var index)
            ? (index, name[(dot + 1)..])
            : (0, name);
    }

    private static bool TryIndex(ReadOnlySpan<char> text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= MaxIndex;

    /// <summary>None where a name is unknown, which is an error of its own.</summary>
    private StructLayoutTable[] LayoutsOf(MemoryExpectation read)
    {
        var structs = context.Catalog.Structs;
        if (memory.Structs.Any(name => structs.Of(name).Count == 0))
            return [];
        if (memory.Structs.Count > 0)
            return [.. memory.Structs.Select(name => structs.Pick(name, kernel))];
        return action.FillsHwInfo && HwInfoLayout(read) is { } layout ? [layout] : [];
    }

    /// <summary>
    /// GET_HW_INFO fills a buffer with the struct of some driver: the first that has every field
    /// which is read. A driver without them leaves the buffer alone, and the value then shows it.
    /// </summary>
    private StructLayoutTable? HwInfoLayout(MemoryExpectation read)
    {
        var structs = context.Catalog.Structs;
        var candidates = structs
            .Names.Where(n => n.Contains("hw_info", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n => structs.Pick(n, kernel))
            .Where(t => t.Ioctl is null)
            .ToArray();
        return Array.Find(candidates, t => read.Fields.All(f => IsIn(t, f.Name.Text)));
    }

    private static bool IsIn(StructLayoutTable layout, string name) =>
        Raw(name) is not null || FieldNames.Find(layout, Entry(name).Member) is not null;
}
