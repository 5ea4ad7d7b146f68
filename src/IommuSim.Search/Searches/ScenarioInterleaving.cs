using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;
using IommuSim.Search.Schedules;
using IommuSim.Source;
using IommuSim.Source.Races;

namespace IommuSim.Search.Searches;

/// <summary>
/// One schedule of a scenario: a fresh machine after the set-up, and the tasks of its blocks. What was
/// bound and encoded when the scenario was loaded is only run again.
/// </summary>
internal sealed class ScenarioInterleaving : KernelInterleaving
{
    private readonly ExploredScenario _explored;
    private readonly RunState _program;
    private readonly RunState[] _tasks;
    private readonly List<Violation> _violations = [];

    /// <param name="races">Where data races were seen, to which this run adds; null looks for none.</param>
    public ScenarioInterleaving(ExploredScenario explored, IKernel kernel, RacePoints? races = null)
    {
        _explored = explored;
        var scenario = explored.Scenario;
        _program = new RunState(explored.Kernel, kernel, scenario, "main");
        if (scenario.Syntax.Choices is { } choices)
            ScenarioRunner.UseChoices(kernel, choices.Text);
        ScenarioRunner.PlugIn(_program, scenario);
        RunBlock(_program, explored.Setup);
        _tasks = new RunState[explored.Tasks.Length];
        for (var i = 0; i < _tasks.Length; i++)
            _tasks[i] = _program.ForTask(StepBlock.NameOf(i));
        if (races is null || kernel is not SourceKernel source)
            return;
        source.WatchRaces(races);
        Points = RecordedSchedule.FormatPoints(races.All);
    }

    public override IKernel Kernel => _program.Kernel;

    public override int TaskCount => _tasks.Length;

    public bool AnyoneDied
    {
        get
        {
            foreach (var task in _tasks)
            {
                if (task.AnyoneDied)
                    return true;
            }

            return _program.AnyoneDied || Kernel is SourceKernel { AnyoneDied: true };
        }
    }

    /// <summary>Invariants that the tasks broke without a report; known after <see cref="Close"/>.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>How the step ended; null when its task did not come that far.</summary>
    public SyscallResult? ResultOf(int step) => _program.Effects[step]?.Result;

    public override void RunTask(int task) => RunBlock(_tasks[task], _explored.Tasks[task]);

    public override string Points { get; } = "";

    public override bool HasNewPoints => Kernel is SourceKernel { HasNewRaces: true };

    /// <summary>
    /// What comes after the tasks: the last block, and everything given back. Which of two calls had the last
    /// word on a device the program cannot know, so it looks. A task that died took locks
    /// and references along, and nothing can be said of what is left.
    /// </summary>
    public void Close()
    {
        if (AnyoneDied)
            return;
        if (Machine.Reports.Count == 0)
            InvariantChecker.Check(Kernel, _violations);
        RunBlock(_program, _explored.Finally);
        if (AnyoneDied)
            return;
        foreach (var device in _program.Bound)
        {
            if (device.Binding is IommufdDevice idev)
                device.Attached = idev.Group.Devices.Contains(idev);
        }

        ScenarioRunner.GiveBack(_program);
    }

    public override void Dispose()
    {
        (Kernel as IDisposable)?.Dispose();
        base.Dispose();
    }

    private void RunBlock(RunState state, int[] steps)
    {
        foreach (var index in steps)
        {
            var step = _explored.Scenario.Steps[index];
            var effect = new StepEffect(state.Memory);
            Observer?.Invoke(ExecutedKind.Call, _explored.TextOf(index));
            step.Action.Run(state, effect);
            state.Effects[index] = effect;
            Observer?.Invoke(ExecutedKind.Result, $"= {ResultText(effect.Result)}");
            if (state.Task.Dead)
                return;
        }
    }
}

/// <summary>A scenario on one kernel, made ready to be run thousands of times.</summary>
[Stateless]
internal sealed class ExploredScenario
{
    private readonly KernelCatalog _catalog;
    private readonly BuildSwitches _build;

    public ExploredScenario(BoundScenario scenario, KernelNode kernel, KernelCatalog catalog, BuildSwitches? build)
    {
        Scenario = scenario;
        Kernel = kernel;
        _catalog = catalog;
        _build = build ?? scenario.BuildFor(kernel);
        Setup = StepsOf(StepBlock.Setup);
        Finally = StepsOf(StepBlock.Finally);
        Tasks = new int[scenario.Syntax.TaskCount][];
        for (var i = 0; i < Tasks.Length; i++)
            Tasks[i] = StepsOf(i);
        var clauses = scenario.Clauses.Where(clause => clause.IsFor(kernel)).ToArray();
        Clauses = [.. clauses.Where(CanJudge)];
        NotJudged = [.. clauses.Where(clause => !CanJudge(clause))];
    }

    public BoundScenario Scenario { get; }

    public KernelNode Kernel { get; }

    /// <summary>The clauses that speak of the kernel.</summary>
    public ImmutableArray<BoundClause> Clauses { get; }

    /// <summary>Those that only a model can be judged by.</summary>
    public ImmutableArray<BoundClause> NotJudged { get; }

    /// <summary>An invariant is about what is inside, into which nobody looks in a kernel made of C.</summary>
    private bool CanJudge(BoundClause clause) =>
        !_catalog.IsSource(Kernel) || clause.Facts.All(fact => !InvariantTitle.IsOne(fact.Title));

    /// <summary>How many tasks a schedule can name.</summary>
    public int MostTasks => ScenarioExploration.MostTasks(Scenario, Kernel, _catalog);

    /// <summary>Indices of steps.</summary>
    public int[] Setup { get; }

    public int[][] Tasks { get; }

    public int[] Finally { get; }

    /// <param name="races">Where data races were seen, to which the run adds; null looks for none.</param>
    public ScenarioInterleaving Start(RacePoints? races) => new(this, _catalog.Boot(Kernel, _build), races);

    /// <summary>The set-up runs alone and must do what it states; returns what it did not, or null.</summary>
    public string? CheckSetUp()
    {
        var machine = _catalog.Boot(Kernel, _build);
        if (Scenario.Syntax.Choices is { } choices)
            ScenarioRunner.UseChoices(machine, choices.Text);
        var state = new RunState(Kernel, machine, Scenario, "main");
        return ScenarioRunner.PlugIn(state, Scenario)
            ?? ScenarioRunner.MakeSteps(state, Scenario, new RunOptions(), []);
    }

    /// <summary>The step's first line as it is written.</summary>
    public string TextOf(int step) => Scenario.TextOf(Scenario.Steps[step].Syntax);

    /// <summary>The clause as it is written.</summary>
    public string TextOf(BoundClause clause) => Scenario.Source.Line(clause.Syntax.Span.Line).Split('#')[0].Trim();

    private int[] StepsOf(int block)
    {
        var steps = Scenario.Steps;
        return [.. Enumerable.Range(0, steps.Length).Where(i => steps[i].Block == block)];
    }
}
