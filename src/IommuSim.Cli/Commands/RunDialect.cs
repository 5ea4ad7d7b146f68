using IommuSim.Cli.Dialects;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>The verdicts for other programs: a scenario is a suite, and each of its kernels a case.</summary>
internal static class RunDialect
{
    private static readonly DialectRule s_outcome = new(
        "scenario/outcome",
        "A step of a scenario does not do what is stated of the kernel."
    );

    private static readonly DialectRule s_end = new(
        "scenario/end",
        "A kernel reports something, or cannot go on, when all that a scenario took is given back."
    );

    private static readonly DialectRule s_schedules = new(
        "scenario/schedules",
        "Some schedule of a scenario's tasks shows what is not stated, or none shows what is."
    );

    private static readonly DialectRule s_notMade = new(
        "scenario/not-made",
        "A kernel cannot make the calls of a scenario, or lacks a device of it."
    );

    /// <param name="trace">Whether each case tells its calls.</param>
    public static DialectReport Of(RunSummary summary, bool trace)
    {
        var cases = summary
            .Runs.Select(run => (run.Scenario, Case: Case(run, trace)))
            .Concat(summary.Refused.Select(refused => (refused.Job.Scenario, Case: Case(refused))));
        return new DialectReport(
            "run",
            [
                .. cases
                    .GroupBy(c => c.Scenario)
                    .Select(suite => new DialectSuite(suite.Key.Name, [.. suite.Select(c => c.Case)])),
            ]
        );
    }

    private static DialectCase Case(RefusedJob refused) =>
        new(refused.Job.Kernel.Name, DialectOutcome.Skip)
        {
            Message = refused.Reason,
            File = refused.Job.Scenario.Path,
        };

    private static DialectCase Case(ScenarioRun run, bool trace)
    {
        var calls = trace ? RunPage.CallsOf(run) : "";
        if (run.Failure is not { } failure)
        {
            return new DialectCase(run.Kernel.Name, DialectOutcome.Pass)
            {
                Detail = calls,
                File = run.Scenario.Path,
                Replay = trace ? run.Replay : "",
            };
        }

        var step = run.Steps.FirstOrDefault(s => !s.Holds);
        var lines = failure.TrimEnd('\n').Split('\n', 2);
        return new DialectCase(run.Kernel.Name, DialectOutcome.Fail)
        {
            Rule = RuleOf(run, step),
            Message = step is null ? WithoutPlace(lines[0], run.Scenario.Path) : DifferenceOf(step),
            Detail = string.Join('\n', lines.Skip(1).Append(calls)).Trim('\n'),
            File = run.Scenario.Path,
            Line = (step?.Stated?.Span ?? step?.Syntax.Span ?? run.Scenario.Syntax.Name.Span).Line,
            Replay = run.Replay,
        };
    }

    /// <summary>A run that stopped, since the kernel has not what a step needs, has fewer steps than the scenario.</summary>
    private static DialectRule RuleOf(ScenarioRun run, StepRun? step) =>
        step is not null ? s_outcome
        : run.Scenario.IsExploration ? s_schedules
        : run.Steps.Count == run.Scenario.Syntax.Steps.Count ? s_end
        : s_notMade;

    /// <summary>The first line of a failure begins with the file, and perhaps the line and the column.</summary>
    private static string WithoutPlace(string line, string path)
    {
        var end = line.StartsWith(path, StringComparison.Ordinal)
            ? line.IndexOf(": ", path.Length, StringComparison.Ordinal)
            : -1;
        return end < 0 ? line : line[(end + 2)..].TrimEnd(':');
    }

    /// <summary>The first difference of a step; the detail has all.</summary>
    private static string DifferenceOf(StepRun step)
    {
        const string Differs = "  differs: ";
        var line = step.Mismatch.Split('\n').First(l => l.StartsWith(Differs, StringComparison.Ordinal));
        return line[Differs.Length..];
    }
}
