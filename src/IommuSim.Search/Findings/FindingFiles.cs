using IommuSim.Machine.Reports;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Findings;

/// <summary>What is kept of a finding: a scenario with the outcome that was seen.</summary>
internal static class FindingFiles
{
    private const int MaxName = 60;

    /// <summary>
    /// The finding by the smallest sequence that still has its title; <paramref name="atSequence"/> is how many
    /// sequences were needed.
    /// </summary>
    /// <param name="isSetAside">A sequence that is none of the finding's, whatever it shows; null for none.</param>
    public static FuzzFinding Shrink(
        SearchTarget target,
        Finding finding,
        CallSequence sequence,
        SequenceExecutor executor,
        long atSequence,
        Func<string, CallSequence, bool>? isSetAside = null
    )
    {
        var shrunk = Shrinker.Shrink(sequence, finding.Title, TitleOf);
        var detail = Detail(shrunk, executor) ?? finding.Detail;
        return new FuzzFinding(finding with { Detail = detail }, shrunk, atSequence)
        {
            Scenario = Scenario(target, finding, shrunk, executor),
            Program = ProgramWriter.Write(target, shrunk, finding.Title, ids => Shown(shrunk, executor, ids)),
        };

        string? TitleOf(CallSequence smaller) =>
            executor.Run(smaller)?.Title is { } title
            && (title != finding.Title || isSetAside?.Invoke(title, smaller) != true)
                ? title
                : null;
    }

    /// <summary>
    /// What the run says of the finding, and where references were lost on the way to it; null for no finding.
    /// </summary>
    private static string? Detail(CallSequence sequence, SequenceExecutor executor)
    {
        executor.Machine.TracesReferences = true;
        var detail = executor.Run(sequence)?.Detail;
        executor.Machine.TracesReferences = false;
        return detail is null ? null : WithReferences(detail, executor.Machine.KeptReferences);
    }

    /// <summary>A text on a finding, with what calls took and did not give back.</summary>
    public static string WithReferences(string detail, IReadOnlyList<string> kept) =>
        kept.Count == 0 ? detail : $"{detail.TrimEnd('\n')}\n{string.Join('\n', kept)}\n";

    /// <summary>What the last call returns, or null.</summary>
    private static string? Shown(
        CallSequence sequence,
        SequenceExecutor executor,
        IReadOnlyList<(int Number, int Label)> devices
    )
    {
        if (!executor.Start(sequence.Devices, sequence.LockedPages))
            return null;
        var outcome = StepOutcome.Skipped;
        var failed = "";
        foreach (var call in sequence.Calls)
        {
            outcome = executor.Step(call);
            if (call.InjectNth > 0 && FailureHelpers.Can(call.Injected))
                failed = ShownOutcome.Failed(outcome.Result);
        }

        return
            outcome.Made
            && executor.Last is { } last
            && ShownOutcome.Of(last, outcome, executor.Machine, devices) is { } shown
            ? failed + shown
            : null;
    }

    /// <summary>The shrunk calls, each with what the kernel answered, and its reports.</summary>
    private static string Scenario(
        SearchTarget target,
        Finding finding,
        CallSequence sequence,
        SequenceExecutor executor
    )
    {
        var outcomes = new List<string>();
        executor.IsBounded = false;
        executor.Start(sequence.Devices, sequence.LockedPages);
        var calls = sequence.Calls;
        for (var i = 0; i < calls.Length && !Died(executor); i++)
            outcomes.Add(Make(executor, calls[i]));
        // What a scenario does at its end, as steps of their own: they may report.
        foreach (var call in executor.Machine.CallsToGiveBack())
        {
            if (Died(executor))
                break;
            calls = calls.Add(call with { Label = calls.Length + 1 });
            outcomes.Add(Make(executor, calls[^1]));
        }

        executor.IsBounded = true;
        return ScenarioWriter.Write(
            target,
            sequence with
            {
                Calls = calls,
            },
            NameOf(finding.Title),
            finding.Title,
            finding.Replay,
            outcomes
        );
    }

    private static bool Died(SequenceExecutor executor) => executor.Machine.Task.Dead;

    private static string Make(SequenceExecutor executor, Call call)
    {
        var before = executor.Machine.Running.Machine.Reports.Count;
        var outcome = executor.Step(call);
        return Outcome(outcome, executor.Machine.Running.Machine.Reports.Skip(before));
    }

    /// <summary>A title as scenarios and files are named.</summary>
    public static string NameOf(string title)
    {
        var letters = title.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-').ToArray();
        var name = string.Join('-', new string(letters).Split('-', StringSplitOptions.RemoveEmptyEntries));
        return name.Length <= MaxName ? name : name[..MaxName].TrimEnd('-');
    }

    private static string Outcome(in StepOutcome outcome, IEnumerable<KernelReport> reports)
    {
        var words = new List<string> { outcome.Result.ToString() };
        foreach (var title in reports.Select(r => r.Title))
            words.Add($"report \"{title}\"");
        return string.Join(", ", words);
    }
}
