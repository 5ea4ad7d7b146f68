using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Explanations;

/// <summary>One thing that is made wrong in a call that succeeds.</summary>
/// <param name="Subject">What is changed; two changes of one subject cannot both be made.</param>
/// <param name="Value">What it is changed to, in words that stand behind the subject.</param>
internal sealed record CallChange(string Subject, string Value, Func<Call, Call> Apply)
{
    private const string Size = "the struct's size";
    private const string Place = "the struct's memory";

    /// <summary>
    /// The bits of flags that kernels know, and two that none does. A bit that gives other fields another meaning is
    /// none of them, as that of the selftest which has addresses looked up.
    /// </summary>
    private static readonly ulong[] s_flags = [1, 2, 4, 8, 16, 1u << 20, 1u << 31];

    /// <summary>Ids are small: a sequence makes less than these objects.</summary>
    private const ulong MostIds = 12;

    /// <summary>The same call was made before.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>The subject is a field of the struct, or of what it points to.</summary>
    public bool IsOfField { get; init; }

    /// <summary>The change as a reason to fail: of a field all values that do the same are one.</summary>
    public string Reason => IsOfField ? $"another value of {Subject}" : ToString();

    /// <summary>The bit of a field that is turned over; 0 for another change. Two bits can be turned at once.</summary>
    public ulong Bit { get; init; }

    /// <summary>Every change that is tried on a call.</summary>
    public static IReadOnlyList<CallChange> Of(Call call, IoctlPlan plan)
    {
        var changes = new List<CallChange>
        {
            new(Place, "is not there", c => c with { Place = StructPlace.Unmapped }),
            new(Place, "cannot be written to", c => c with { Place = StructPlace.ReadOnly }),
            new(Size, "is too short", c => c with { Size = (ulong)plan.MinSize - 1 }),
            new(Size, "is larger, with a byte that is not 0", c => c with { Tail = 1 }),
            Failing("the first allocation", DecisionKind.Allocation),
            Failing("the first driver op", DecisionKind.DriverOp),
            new("the call", "was made before", c => c) { IsRepeated = true },
        };
        foreach (var (name, field) in plan.Fields)
        {
            if (name is "size" or "op" || name.StartsWith("out_", StringComparison.Ordinal) || !field.IsScalar)
                continue;
            changes.AddRange(OfField(call.FieldOf(name), name, field.Size));
        }

        return changes;
    }

    private static CallChange Failing(string what, DecisionKind kind) =>
        new(what, "fails", c => c with { Injected = kind, InjectNth = 1 });

    private static IEnumerable<CallChange> OfField(CallValue value, string name, int size)
    {
        if (value.Memory is { } memory)
            return OfMemory(memory, name);
        if (name == "flags")
            return s_flags.Select(bit => Turn(name, bit, value.Number));
        IEnumerable<ulong> numbers = name.EndsWith("id", StringComparison.Ordinal)
            ? Ids()
            : Numbers(value.Label == 0 ? value.Number : 0, size);
        return numbers
            .Distinct()
            .Where(number => value.Label != 0 || number != value.Number)
            .Select(number => Set(name, TextOf(number), CallValue.Of(number)));
    }

    private static IEnumerable<ulong> Ids()
    {
        for (ulong id = 0; id <= MostIds; id++)
            yield return id;
        yield return 0x7fff_fff0;
    }

    /// <summary>None, numbers near the one there is, and the largest.</summary>
    private static IEnumerable<ulong> Numbers(ulong now, int size)
    {
        var most = size == sizeof(ulong) ? ulong.MaxValue : (1UL << (8 * size)) - 1;
        yield return 0;
        for (var bit = 0; bit < 5; bit++)
            yield return (now ^ (1UL << bit)) & most;
        yield return (now + 1) & most;
        yield return (now - 1) & most;
        yield return most;
        yield return most - (UserAddressSpace.PageSize - 1);
    }

    private static IEnumerable<CallChange> OfMemory(MemorySpec memory, string name)
    {
        yield return Set(name, "leads nowhere", CallValue.At(memory with { Access = PageAccess.Absent }));
        yield return Set(name, "cannot be written to", CallValue.At(memory with { Access = PageAccess.ReadOnly }));
        yield return Set(name, "is 0", CallValue.Of(0));
        if (memory.Layout is not { } layout || memory.Entries.IsEmpty)
            yield break;
        foreach (var field in layout.Fields.Where(f => f.IsScalar))
        {
            var now = memory.Entries[0].FirstOrDefault(f => f.Name == field.CName).Value;
            foreach (var number in Numbers(now.Number, field.Size).Distinct().Where(n => n != now.Number))
            {
                var first = memory.Entries[0].RemoveAll(f => f.Name == field.CName);
                first = first.Add(new FieldSetting(field.CName, CallValue.Of(number)));
                var changed = memory with { Entries = memory.Entries.SetItem(0, first) };
                // Its bytes are of the same memory: a change of the pointer makes this one go.
                yield return Set(name, TextOf(number), CallValue.At(changed)) with
                {
                    Subject = $"{name}: {field.CName}",
                };
            }
        }
    }

    private static CallChange Set(string field, string value, CallValue to) =>
        new(field, value, call => call.With(field, to)) { IsOfField = true };

    private static CallChange Turn(string field, ulong bit, ulong now) =>
        new(
            field,
            (now & bit) == 0 ? $"has the bit 0x{bit:x}" : $"lacks the bit 0x{bit:x}",
            call => call.With(field, CallValue.Of(call.FieldOf(field).Number ^ bit))
        )
        {
            IsOfField = true,
            Bit = bit,
        };

    /// <summary>The largest numbers as negative ones, which are shorter.</summary>
    private static string TextOf(ulong number) =>
        number switch
        {
            < 64 => string.Create(CultureInfo.InvariantCulture, $"is {number}"),
            > ulong.MaxValue >> 1 => $"is -0x{0 - number:x}",
            _ => $"is 0x{number:x}",
        };

    /// <summary>Whether both can be made in one call.</summary>
    public bool GoesWith(CallChange other) =>
        !(Injects && other.Injects) && (Root != other.Root || (Bit & other.Bit) != (Bit | other.Bit));

    private string Root => Subject.Split(':')[0];

    private bool Injects => Value == "fails";

    public override string ToString() => $"{Subject} {Value}";
}
