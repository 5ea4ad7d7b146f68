using System.Collections.Immutable;
using System.Text;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>Compares what a step did with what is stated of it.</summary>
internal sealed class StepJudge(RunState state)
{
    /// <summary>Words as in an outcome line: what was seen of everything that is stated.</summary>
    private readonly StringBuilder _seen = new();
    private readonly StringBuilder _differences = new();

    /// <summary>
    /// Empty when everything stated was seen, else lines that say seen and differing.
    /// </summary>
    public static string Compare(
        RunState state,
        Statement statement,
        StepEffect effect,
        IReadOnlyList<KernelReport> reports
    )
    {
        if (
            statement is { Kind: OutcomeKind.Ok, Outputs.IsEmpty: true, Memory.IsEmpty: true }
            && statement.Reports.Count == 0
            && effect.Result.Succeeded
            && reports.Count == 0
        )
        {
            return "";
        }

        var judge = new StepJudge(state);
        judge.CompareResult(statement, effect);
        foreach (var field in statement.Outputs)
            judge.CompareField(field, "", effect.TryReadOutput);
        foreach (var memory in statement.Memory)
            judge.CompareMemory(memory);
        judge.CompareReports(statement, reports);
        return judge._differences.Length == 0 ? "" : $"  seen:    {judge._seen}\n{judge._differences}";
    }

    private delegate bool ReadBytes(FieldPlace place, Span<byte> bytes);

    private void CompareResult(Statement statement, StepEffect effect)
    {
        var stated = statement.Kind switch
        {
            OutcomeKind.Ok => SyscallResult.Of(Errno.OK),
            OutcomeKind.Killed => SyscallResult.Died,
            _ => SyscallResult.Of(statement.Errno),
        };
        _seen.Append(effect.Result);
        if (effect.Note is { } note)
            _seen.Append(" (").Append(note).Append(')');
        // An ioctl may return a number, of which nothing is stated.
        if (effect.Result with { Value = 0 } != stated)
            Differs($"the result is {effect.Result}, not {stated}");
    }

    private void CompareMemory(ExpectedMemory memory)
    {
        var effect = state.Effects[memory.Step];
        var placed = effect?.FindPlaced(memory.Argument);
        _seen.Append(", reads ").Append(memory.Name).Append('{');
        if (placed is null)
            Differs($"{memory.Name} was not passed on this kernel");
        foreach (var field in placed is null ? [] : memory.Fields)
        {
            CompareField(field, memory.Name + ".", (place, bytes) => effect!.TryRead(placed!, place, bytes));
        }

        _seen.Append('}');
    }

    private void CompareField(ExpectedField expected, string prefix, ReadBytes read)
    {
        var place = expected.Field.Place;
        var count = expected.Terms.Length;
        Span<byte> bytes = new byte[place.ElementSize * count];
        Span<ulong> stated = new ulong[count];
        Span<ulong> seen = new ulong[count];
        var readable = read(place, bytes);
        for (var i = 0; i < count; i++)
        {
            stated[i] = expected.Terms[i].Evaluate(state.Slots);
            seen[i] = readable ? place.Read(bytes, i) : 0;
        }

        var seenText = readable ? FieldText.Render(expected.Field, seen) : FieldText.Unreadable;
        var name = expected.Field.Name;
        _seen.Append(
            _seen[^1] == '{' ? ""
            : prefix.Length > 0 ? ", "
            : " "
        );
        _seen.Append(name).Append('=').Append(seenText);
        if (!readable || !seen.SequenceEqual(stated))
        {
            var statedText = FieldText.Render(expected.Field, stated);
            Differs($"{prefix}{name} is {seenText}, not {statedText}");
        }
    }

    private void CompareReports(Statement statement, IReadOnlyList<KernelReport> reports)
    {
        var missing = statement.Reports.Select(r => r.Text).ToList();
        if (state.Kernel is not IommufdKernel)
            reports = WithoutStatedLeaks(reports, missing);
        foreach (var report in reports)
        {
            _seen.Append(", report \"").Append(report.Title).Append('"');
            var stated = missing.FindIndex(report.IsTitled);
            if (stated >= 0)
                missing.RemoveAt(stated);
            else
                Differs($"report \"{report.Title}\" is not stated ({report.Line})");
        }

        foreach (var title in missing)
            Differs($"report \"{title}\" is stated and did not appear");
    }

    /// <summary>
    /// Takes off the leaks where some are stated and some are seen: they are stated by what a model allocates, and a
    /// kernel made of C has other blocks.
    /// </summary>
    private static IReadOnlyList<KernelReport> WithoutStatedLeaks(
        IReadOnlyList<KernelReport> reports,
        List<string> missing
    )
    {
        const string Leak = "memory leak in ";
        var areStated = missing.Exists(title => title.StartsWith(Leak, StringComparison.Ordinal));
        if (!areStated || !reports.Any(r => r.Kind == ReportKind.MemoryLeak))
            return reports;
        missing.RemoveAll(title => title.StartsWith(Leak, StringComparison.Ordinal));
        return [.. reports.Where(r => r.Kind != ReportKind.MemoryLeak)];
    }

    private void Differs(string what) => _differences.Append("  differs: ").Append(what).Append('\n');
}

/// <summary>What is stated about a step on one kernel.</summary>
/// <param name="Syntax">
/// The outcome; null when the step states none and must simply succeed.
/// </param>
/// <param name="Errno">The errno of an outcome that is one.</param>
internal sealed record Statement(
    Outcome? Syntax,
    OutcomeKind Kind,
    Errno Errno,
    ImmutableArray<ExpectedField> Outputs,
    ImmutableArray<ExpectedMemory> Memory
)
{
    public static Statement Succeeds { get; } = new(null, OutcomeKind.Ok, Errno.OK, [], []);

    public IReadOnlyList<StringValue> Reports => Syntax?.Reports ?? [];
}

/// <summary>What a field must hold.</summary>
internal sealed record ExpectedField(OutputField Field, ImmutableArray<ValueTerms> Terms);

/// <summary>What memory must hold.</summary>
/// <param name="Name">As the scenario calls it.</param>
/// <param name="Step">The step that passed it.</param>
/// <param name="Argument">The argument; null for the first that the step passed.</param>
internal sealed record ExpectedMemory(string Name, int Step, string? Argument, ImmutableArray<ExpectedField> Fields);
