using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Recordings;

/// <summary>Writes a drawn sequence as the calls of a run, and the layouts that runs need.</summary>
internal sealed class RunWriter(SearchTarget target)
{
    private readonly SequenceMachine _machine = new(target);

    /// <summary>Where the memory of fields is in the run that is written.</summary>
    private readonly List<(ulong Start, ulong End, string Name)> _places = [];

    /// <summary>The calls; a sequence whose devices VFIO would bind has no such run.</summary>
    public ImmutableArray<RecordedCall> Write(CallSequence sequence)
    {
        _places.Clear();
        _machine.Boot([]);
        var calls = ImmutableArray.CreateBuilder<RecordedCall>();
        foreach (var call in sequence.Calls)
        {
            var words = Words(call);
            // The addresses of what is mapped are numbers in a draw; making the calls again tells whose they are.
            if (_machine.Prepare(call) is not { } prepared)
                continue;
            foreach (var (field, mapping, _) in prepared.Passed ?? [])
                _places.Add(
                    (mapping.Start, mapping.End, string.Create(CultureInfo.InvariantCulture, $"@{call.Label}.{field}"))
                );
            var result = prepared.Issue(_machine.Running, _machine.Task);
            if (!result.Killed)
                _machine.Keep(prepared, result);
            calls.Add(new RecordedCall(0, call.Label, call.Name, words, ""));
        }

        return calls.ToImmutable();
    }

    /// <summary>The layouts of all ioctls that the kernel has, and of structs that runs name.</summary>
    public static ImmutableArray<CallLayout> Layouts(SearchTarget target, IEnumerable<RecordedRun> runs)
    {
        var words = runs.SelectMany(run => run.Calls).ToList();
        var verbs = words.Select(call => call.Verb).ToHashSet(StringComparer.Ordinal);
        var structs = words
            .SelectMany(call => call.Words)
            .Where(word => word.Contains('{', StringComparison.Ordinal))
            .Select(word => word[..word.IndexOf('{', StringComparison.Ordinal)])
            .Select(head => head[(head.LastIndexOf('=') + 1)..])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return
        [
            .. target
                .Plans.Values.Where(plan => verbs.Contains(plan.Verb))
                .OrderBy(plan => plan.Verb, StringComparer.Ordinal)
                .Select(plan => new CallLayout(plan.Verb, plan.Request, plan.Size, plan.Op, FieldsOf(plan.Layout))),
            .. OwnLayouts.All.Where(layout => verbs.Contains(layout.Name) && !target.Plans.ContainsKey(layout.Name)),
            .. structs
                .Select(name => target.Catalog.Structs.Pick(name, target.Node))
                .Select(layout => new CallLayout(layout.CName, null, layout.Size, null, FieldsOf(layout))),
        ];
    }

    private static ImmutableArray<LayoutField> FieldsOf(StructLayoutTable layout) =>
        [
            .. layout
                .Fields.Where(field => field.IsScalar && !IsSetByThePlayer(field))
                .Select(field => new LayoutField(field.CName, field.Offset, field.Size)),
        ];

    /// <summary>The size word of an argument, and the operation of IOMMU_TEST_CMD.</summary>
    private static bool IsSetByThePlayer(StructField field) =>
        field is { CName: "size", Offset: 0 } or { CName: "op", Offset: CallLayout.OpOffset };

    private ImmutableArray<string> Words(Call call)
    {
        switch (call.Kind)
        {
            case CallKind.Open:
                return [];
            case CallKind.Close or CallKind.Poll:
                return [RunNumbers.Text((ulong)call.File)];
            case CallKind.Read or CallKind.Write:
                var buffer = Memory(call.FieldOf(Call.Buffer).Memory!);
                return [RunNumbers.Text((ulong)call.File), buffer, Value("", call.FieldOf(Call.Count))];
            case CallKind.Ioctl:
                return IoctlWords(call);
            default:
                throw new ArgumentException($"a program does not {call.Kind}", nameof(call));
        }
    }

    private ImmutableArray<string> IoctlWords(Call call)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        if (call.File != 0)
            words.Add("on=" + RunNumbers.Text((ulong)call.File));
        var fields = target.Plans[call.Verb].Fields;
        foreach (var (name, value) in call.Fields)
        {
            if (fields.ContainsKey(name))
                words.Add($"{name}={Value(name, value)}");
        }

        if (call.Size is { } size)
            words.Add("!size=" + RunNumbers.Text(size));
        if (call.Tail is { } tail)
            words.Add("!tail=" + RunNumbers.Text(tail));
        if (call.Place != StructPlace.Good)
        {
            words.Add(
                call.Place switch
                {
                    StructPlace.ReadOnly => "!ro",
                    StructPlace.Unmapped => "!none",
                    _ => "!null",
                }
            );
        }

        return words.ToImmutable();
    }

    private string Value(string field, CallValue value)
    {
        if (value.Memory is { } memory)
            return Memory(memory);
        if (value.Label != 0)
            return string.Create(CultureInfo.InvariantCulture, $"{value.Label}.{value.Member}");
        return field is "user_va" or "uptr" ? Address(value.Number) : RunNumbers.Text(value.Number);
    }

    /// <summary>An address by the memory that it lies in or right behind.</summary>
    private string Address(ulong address)
    {
        foreach (var (start, end, name) in _places)
        {
            if (address >= start && address <= end)
                return address == start ? name : $"{name}+{RunNumbers.Text(address - start)}";
        }

        return RunNumbers.Text(address);
    }

    private string Memory(MemorySpec memory)
    {
        var access = memory.Access switch
        {
            PageAccess.Absent => ",none",
            PageAccess.ReadOnly => ",ro",
            _ => "",
        };
        if (memory.Layout is not { } layout)
        {
            var fill = memory.Fill != 0 || access.Length > 0 ? "," + RunNumbers.Text(memory.Fill) : "";
            return $"mem({RunNumbers.Text(memory.Length)}{fill}{access})";
        }

        var entries = memory.Entries.Select(fields =>
        {
            var settings = fields
                .Where(f => layout.Find(f.Name) is { IsScalar: true })
                .Select(f => $"{f.Name}={Value(f.Name, f.Value)}");
            return "{" + string.Join(',', settings) + "}";
        });
        return layout.CName + string.Concat(entries) + access;
    }
}
