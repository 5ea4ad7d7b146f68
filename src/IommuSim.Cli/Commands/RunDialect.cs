using System.Globalization;
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

        var place = PlaceOf(failure, run.Scenario.Path, out var first);
        var lines = failure.TrimEnd('\n').Split('\n')[1..];
        return new DialectCase(run.Kernel.Name, DialectOutcome.Fail)
        {
            Rule = RuleOf(run.Scenario, place, first),
            Message = place is null ? first.TrimEnd(':') : FirstDifference(lines) ?? first,
            Detail = string.Join('\n', lines.Append(calls)).Trim('\n'),
            File = run.Scenario.Path,
            Line = place ?? run.Scenario.Syntax.Name.Span.Line,
            Replay = run.Replay,
        };
    }

    /// <summary>Only a step has a place of its own.</summary>
    private static DialectRule RuleOf(BoundScenario scenario, int? place, string failure) =>
        place is not null ? s_outcome
        : !failure.StartsWith("does not hold on ", StringComparison.Ordinal) ? s_notMade
        : scenario.IsExploration ? s_schedules
        : s_end;

    /// <summary>
    /// The line that a failure names: its text begins with <c>FILE:LINE:COLUMN:</c> or <c>FILE:</c>, and
    /// <paramref name="first"/> is the rest of the first line.
    /// </summary>
    private static int? PlaceOf(string failure, string path, out string first)
    {
        first = failure.Split('\n')[0];
        if (!first.StartsWith(path, StringComparison.Ordinal))
            return null;
        var end = first.IndexOf(": ", path.Length, StringComparison.Ordinal);
        var numbers = first[path.Length..end].Split(':');
        first = first[(end + 2)..];
        return numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : null;
    }

    private static string? FirstDifference(IEnumerable<string> lines)
    {
        const string Differs = "  differs: ";
        return lines.FirstOrDefault(l => l.StartsWith(Differs, StringComparison.Ordinal))?[Differs.Length..];
    }
}
