using System.Globalization;
using IommuSim.Machine.Reports;

namespace IommuSim.Search.Fuzz;

/// <summary>What is kept of a finding: a scenario with the outcome that was seen.</summary>
internal static class FindingFiles
{
    private const int MaxName = 60;

    /// <summary>The shrunk calls, each with what the kernel answered, and its reports.</summary>
    public static string Scenario(FuzzTarget target, FuzzFinding finding, SequenceExecutor executor)
    {
        var outcomes = new List<string>();
        executor.IsBounded = false;
        executor.Start(finding.Sequence.Devices);
        var calls = finding.Sequence.Calls;
        for (var i = 0; i < calls.Length && !Died(executor); i++)
            outcomes.Add(Make(executor, calls[i]));
        foreach (var call in Died(executor) ? [] : GiveBack(executor, calls.Length))
        {
            if (Died(executor))
                break;
            calls = calls.Add(call);
            outcomes.Add(Make(executor, call));
        }

        executor.IsBounded = true;
        return ScenarioWriter.Write(
            target,
            finding.Sequence with
            {
                Calls = calls,
            },
            NameOf(finding.Finding.Title),
            finding.Finding.Title,
            finding.Finding.Replay,
            outcomes
        );
    }

    private static bool Died(SequenceExecutor executor) => executor.Machine.Task.Dead;

    private static string Make(SequenceExecutor executor, Call call)
    {
        var before = executor.Machine.Kernel.Machine.Reports.Count;
        var outcome = executor.Step(call);
        return Outcome(outcome, executor.Machine.Kernel.Machine.Reports.Skip(before));
    }

    /// <summary>What a scenario does at its end, as steps of their own: they may report.</summary>
    private static Call[] GiveBack(SequenceExecutor executor, int label)
    {
        var bound = executor.Machine.Bound;
        return
        [
            .. bound.Where(b => b.Attached).Select(b => new Call(++label, CallKind.Detach, "") { Bound = b.Label }),
            .. bound.Select(b => new Call(++label, CallKind.Unbind, "") { Bound = b.Label }),
            .. executor.Machine.Queues.Select(q => new Call(++label, CallKind.Close, "") { File = q.Label }),
            .. executor.Machine.Files.Select(f => new Call(++label, CallKind.Close, "") { File = f.Label }),
        ];
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
