using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Runs a scenario clean, and then again and again with the first, second, ... allocation, user copy
/// and driver op of every step failing, until a step meets no such point. A step that failed is made once
/// more, as a program would, and must then answer as in the clean run. What a failure adds to what the
/// clean run shows in the same step is a finding: a report, a leak at the end, a broken invariant, a
/// change that stays.
/// </summary>
public sealed class ScenarioSweep
{
    /// <summary>A step with more points of a kind is in a loop.</summary>
    private const int MaxPoints = 256;

    private static readonly DecisionKind[] s_kinds =
    [
        DecisionKind.Allocation,
        DecisionKind.Copy,
        DecisionKind.DriverOp,
        DecisionKind.FaultAttribute,
    ];

    private readonly BoundScenario _scenario;
    private readonly Func<bool, SweptProgram> _boot;

    /// <summary>The kernel is made of C, which declares points that fail on demand.</summary>
    private readonly bool _hasOwnPoints;
    private readonly Action<int>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly List<SweepFinding> _findings = [];
    private readonly List<string> _notes = [];
    private readonly List<SweepOutcome> _outcomes = [];
    private readonly HashSet<(int Step, string Title)> _clean = [];
    private readonly StepSight[] _cleanSights;
    private readonly int[] _failures = new int[Enum.GetValues<DecisionKind>().Length];
    private StateSnapshot? _cleanRemains;

    private ScenarioSweep(
        BoundScenario scenario,
        Func<bool, SweptProgram> boot,
        bool hasOwnPoints,
        Action<int>? progress,
        CancellationToken cancellation
    )
    {
        _scenario = scenario;
        _boot = boot;
        _hasOwnPoints = hasOwnPoints;
        _progress = progress;
        _cancellation = cancellation;
        _cleanSights = new StepSight[scenario.Steps.Length];
    }

    /// <summary>The place of what is seen when everything was given back, behind all steps.</summary>
    private int AtEnd => _scenario.Steps.Length;

    /// <summary>
    /// Sweeps a scenario without tasks on one kernel; <paramref name="progress"/> hears the number of
    /// failures so far.
    /// </summary>
    public static SweepRun Run(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        BuildSwitches? build = null,
        Action<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var sweep = new ScenarioSweep(
            scenario,
            traces => new SweptProgram(scenario, kernel, catalog, build, traces),
            catalog.IsSource(kernel),
            progress,
            cancellation
        );
        var failure = sweep.RunClean();
        for (var step = 0; step < scenario.Steps.Length && failure is null; step++)
            sweep.SweepStep(step);
        return new SweepRun(
            scenario,
            kernel,
            sweep._failures[(int)DecisionKind.Allocation],
            sweep._failures[(int)DecisionKind.Copy],
            sweep._failures[(int)DecisionKind.DriverOp],
            sweep._findings,
            sweep._notes,
            cancellation.IsCancellationRequested,
            failure
        )
        {
            Outcomes = sweep._outcomes,
        };
    }

    /// <summary>What the scenario shows without any help; a sentence when it cannot be run.</summary>
    private string? RunClean()
    {
        var program = _boot(false);
        if (program.Failure is not null)
            return program.Failure;
        for (var i = 0; i < _scenario.Steps.Length; i++)
            NoteClean(i, _cleanSights[i] = program.Make(i), Line(i));
        NoteClean(AtEnd, program.End(), "at the end");
        _cleanRemains = program.Remains;
        return null;
    }

    private void NoteClean(int step, StepSight sight, string where)
    {
        foreach (var (title, _) in TitlesOf(sight))
        {
            if (_clean.Add((step, title)))
                _notes.Add($"{where}: without a failure of the sweep already: {title}");
        }
    }

    private void SweepStep(int step)
    {
        if (InjectsItself(step))
        {
            _notes.Add($"{Line(step)}: fails a point of its own; no other is failed");
            return;
        }

        foreach (var kind in s_kinds)
        {
            if (kind == DecisionKind.FaultAttribute && !_hasOwnPoints)
                continue;
            if (kind == DecisionKind.DriverOp && GivesUp(step))
                continue;
            for (var nth = 1; nth <= MaxPoints && RunFailing(step, kind, nth); nth++)
                _progress?.Invoke(_failures.Sum());
        }
    }

    /// <summary>False when the step has no such point, or the sweep was interrupted.</summary>
    private bool RunFailing(int step, DecisionKind kind, int nth)
    {
        if (_cancellation.IsCancellationRequested)
            return false;
        var fault = new SweepFault(kind, nth);
        var program = _boot(false);
        for (var i = 0; i < step; i++)
            program.Pass(i);
        if (program.MakeFailing(step, fault) is not { } sight)
            return false;
        _failures[(int)kind]++;
        var syntax = _scenario.Steps[step].Syntax;
        _outcomes.Add(new SweepOutcome(syntax.Span.Line, syntax.Verb.Text, fault, $"{sight.Result}"));
        Keep(step, fault, step, sight, "in the step");
        if (!sight.Result.Succeeded && !program.AnyoneDied)
            MakeAgain(step, fault, program, sight);
        for (var i = step + 1; i < _scenario.Steps.Length; i++)
            Keep(step, fault, i, program.Make(i), $"in {Line(i)}");
        Keep(step, fault, AtEnd, program.End(), "at the end");
        CheckRemains(step, fault, program);
        return true;
    }

    /// <summary>A failed call changed nothing, so the same call without a failure must go as it always does.</summary>
    private void MakeAgain(int step, SweepFault fault, SweptProgram program, StepSight failed)
    {
        const string Place = "in the step made again";
        var again = program.Make(step);
        Keep(step, fault, step, again, Place);
        if (again.Result == _cleanSights[step].Result || program.Tolerates(step, failed.Result))
            return;
        Keep(
            step,
            fault,
            "I3: a failed call changed what the same call answers afterwards",
            Place,
            $"answered {again.Result}, without a failure before {_cleanSights[step].Result}"
        );
    }

    private void CheckRemains(int step, SweepFault fault, SweptProgram program)
    {
        if (program.Remains is not { } remains || _cleanRemains is null)
            return;
        var found = new List<Violation>();
        InvariantChecker.CheckFailedCall(_cleanRemains, remains, found);
        foreach (var violation in found)
            Keep(step, fault, violation.Title, "at the end", "unlike the run without failures");
    }

    /// <summary>Keeps what the step <paramref name="seen"/> shows and the clean run did not show there.</summary>
    private void Keep(int step, SweepFault fault, int seen, StepSight sight, string place)
    {
        foreach (var (title, detail) in TitlesOf(sight))
        {
            if (!_clean.Contains((seen, title)))
                Keep(step, fault, title, place, detail);
        }
    }

    private void Keep(int step, SweepFault fault, string title, string place, string detail)
    {
        var syntax = _scenario.Steps[step].Syntax;
        var line = syntax.Span.Line;
        var known = _findings.FindIndex(f => f.Line == line && f.Title == title);
        if (known < 0)
        {
            var text = FindingFiles.WithReferences(detail, KeptReferences(step, fault));
            _findings.Add(new SweepFinding(line, syntax.Verb.Text, fault, title, place, text));
        }
        else if (_findings[known].Fault != fault)
            _findings[known] = _findings[known] with { More = _findings[known].More + 1 };
    }

    /// <summary>What the step took and did not give back: the run once more, with a look at reference counts.</summary>
    private IReadOnlyList<string> KeptReferences(int step, SweepFault fault)
    {
        var program = _boot(true);
        for (var i = 0; i < step; i++)
            program.Pass(i);
        program.MakeFailing(step, fault);
        return program.KeptReferences;
    }

    private static IEnumerable<(string Title, string Detail)> TitlesOf(StepSight sight)
    {
        foreach (var report in sight.Reports)
            yield return (report.Title, report.Render());
        foreach (var title in sight.Violations)
            yield return (title, $"the call answered {sight.Result}");
    }

    private bool InjectsItself(int step) =>
        _scenario
            .Steps[step]
            .Syntax.Arguments.Any(a => a.Name is { } name && name.Text.StartsWith("fail_", StringComparison.Ordinal));

    /// <summary>No driver may refuse to block what is given up.</summary>
    private bool GivesUp(int step) =>
        _scenario.Steps[step].Syntax.Verb.Text is var verb
        && (verb is "detach" or "unbind" or "close" || IoctlTopics.Draws.Of(verb).Destroys);

    private string Line(int step) =>
        string.Create(CultureInfo.InvariantCulture, $"line {_scenario.Steps[step].Syntax.Span.Line}");
}
