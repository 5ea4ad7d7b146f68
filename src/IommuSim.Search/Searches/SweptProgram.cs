using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;
using IommuSim.Search.Topics;
using IommuSim.Source;

namespace IommuSim.Search.Searches;

/// <summary>
/// One run of a scenario, of which nothing that the steps state is judged: they state what happens
/// when nothing else fails.
/// </summary>
internal sealed class SweptProgram
{
    private readonly BoundScenario _scenario;
    private readonly RunState _state;
    private readonly IommufdSpec _spec;
    private readonly List<Violation> _found = [];

    /// <param name="traces">Follows the reference counts of a kernel made of C, which is slow.</param>
    public SweptProgram(
        BoundScenario scenario,
        KernelNode kernel,
        KernelCatalog catalog,
        BuildSwitches? build,
        bool traces
    )
    {
        _scenario = scenario;
        var machine = catalog.Boot(kernel, build ?? scenario.BuildFor(kernel));
        ScenarioRunner.UseChoices(machine, scenario.Syntax.Choices?.Text);
        if (traces)
            (machine as SourceKernel)?.TraceReferences();
        _spec = catalog.SpecOf(kernel);
        _state = new RunState(kernel, machine, scenario);
        Failure = ScenarioRunner.PlugIn(_state, scenario);
    }

    /// <summary>Why the steps cannot be made at all, or null.</summary>
    public string? Failure { get; }

    /// <summary>A task took locks and references along: only reports still say something.</summary>
    public bool AnyoneDied => _state.AnyoneDied;

    /// <summary>What calls took and did not give back, where that is followed.</summary>
    public IReadOnlyList<string> KeptReferences => (_state.Kernel as SourceKernel)?.KeptReferences ?? [];

    /// <summary>What the end left behind; known after <see cref="End"/>.</summary>
    public StateSnapshot? Remains { get; private set; }

    private Decisions Decisions => _state.Kernel.Machine.Decisions;

    /// <summary>Makes a step that was judged before.</summary>
    public void Pass(int index) => _state.Make(_scenario.Steps[index], index);

    /// <summary>Makes a step and looks at everything.</summary>
    public StepSight Make(int index)
    {
        _found.Clear();
        var before = AnyoneDied ? null : InvariantChecker.Snapshot(_state.Kernel);
        var reports = _state.Kernel.Machine.Reports.Count;
        Pass(index);
        var effect = _state.Effects[index]!;
        if (before is not null && !AnyoneDied)
            Check(_scenario.Steps[index].Syntax.Verb.Text, effect.Result, before);
        return new StepSight(
            effect.Result,
            effect.Request?.Number ?? 0,
            ReportsSince(reports),
            [.. _found.Select(v => v.Title).Distinct(StringComparer.Ordinal)]
        );
    }

    /// <summary>As <see cref="Make"/>, with a failing point; null when the step does not meet it.</summary>
    public StepSight? MakeFailing(int index, SweepFault fault)
    {
        Decisions.Inject(fault.Kind, fault.Nth);
        var sight = Make(index);
        var isMet = Decisions.PointsPassed >= fault.Nth;
        Decisions.Inject(fault.Kind, 0);
        return isMet ? sight : null;
    }

    /// <summary>Gives everything back, unless someone died.</summary>
    public StepSight End()
    {
        _state.Revive();
        if (AnyoneDied)
            return StepSight.Nothing;
        var reports = _state.Kernel.Machine.Reports.Count;
        ScenarioRunner.GiveBack(_state);
        if (!AnyoneDied)
            Remains = InvariantChecker.Snapshot(_state.Kernel);
        return StepSight.Nothing with { Reports = ReportsSince(reports) };
    }

    private void Check(string verb, SyscallResult result, StateSnapshot before)
    {
        var after = InvariantChecker.Snapshot(_state.Kernel);
        InvariantChecker.CheckAnyCall(before, after, _found);
        if (!result.Succeeded && !Tolerates(verb, result))
            InvariantChecker.CheckFailedCall(before, after, _found);
        InvariantChecker.Check(_state.Kernel, _found);
    }

    /// <summary>Whether the kernel is known and allowed to keep a change of this step when it fails so.</summary>
    public bool Tolerates(int index, SyscallResult result) =>
        Tolerates(_scenario.Steps[index].Syntax.Verb.Text, result);

    private bool Tolerates(string verb, SyscallResult result) =>
        IoctlTopics.Contracts.MayRemain(_spec, verb, result.Errno);

    private KernelReport[] ReportsSince(int first) => [.. _state.Kernel.Machine.Reports.Skip(first)];
}

/// <summary>What was seen of one step.</summary>
/// <param name="Request">The number of the ioctl; 0 for other steps.</param>
/// <param name="Reports">The reports of the step.</param>
/// <param name="Violations">Titles of the invariants that do not hold after it.</param>
internal sealed record StepSight(SyscallResult Result, uint Request, KernelReport[] Reports, string[] Violations)
{
    public static StepSight Nothing { get; } = new(default, 0, [], []);
}
