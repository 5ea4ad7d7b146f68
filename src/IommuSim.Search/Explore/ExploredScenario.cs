using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Search.Explore;

/// <summary>A scenario on one kernel, made ready to be run thousands of times.</summary>
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
        Clauses = [.. scenario.Clauses.Where(clause => clause.IsFor(kernel))];
    }

    public BoundScenario Scenario { get; }

    public KernelNode Kernel { get; }

    /// <summary>The clauses that speak of the kernel.</summary>
    public ImmutableArray<BoundClause> Clauses { get; }

    /// <summary>Indices of steps.</summary>
    public int[] Setup { get; }

    public int[][] Tasks { get; }

    public int[] Finally { get; }

    public ScenarioInterleaving Start() => new(this, _catalog.Boot(Kernel, _build));

    /// <summary>The step's first line as it is written.</summary>
    public string TextOf(int step)
    {
        var span = Scenario.Steps[step].Syntax.Span;
        return Scenario.Source.Line(span.Line).Split('#')[0].Trim().TrimEnd('\\').TrimEnd();
    }

    private int[] StepsOf(int block)
    {
        var steps = Scenario.Steps;
        return [.. Enumerable.Range(0, steps.Length).Where(i => steps[i].Block == block)];
    }
}
