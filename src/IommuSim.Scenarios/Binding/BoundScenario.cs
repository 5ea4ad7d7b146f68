using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Binding;

/// <summary>
/// A scenario in which every name means something: ready to be run on any kernel.
/// </summary>
public sealed class BoundScenario
{
    internal BoundScenario(SourceText source, Scenario syntax, ImmutableArray<KernelNode> kernels)
    {
        Source = source;
        Syntax = syntax;
        Kernels = kernels;
    }

    /// <summary>The file as it was named when it was loaded.</summary>
    public string Path => Source.FileName;

    public Scenario Syntax { get; }

    public string Name => Syntax.Name.Text;

    /// <summary>The kernels it is put to, in the order of the tree.</summary>
    public ImmutableArray<KernelNode> Kernels { get; }

    internal SourceText Source { get; }

    internal ImmutableArray<BoundStep> Steps { get; init; }

    internal ImmutableArray<BoundHardware> Hardware { get; init; }

    internal ImmutableArray<BoundClause> Clauses { get; init; } = [];

    /// <summary>It has concurrent tasks: it is judged over all their schedules.</summary>
    public bool IsExploration => Syntax.TaskCount > 0;

    internal int SlotCount { get; init; }

    /// <summary>The build of the kernel, with the switches of the header.</summary>
    public BuildSwitches BuildFor(KernelNode kernel)
    {
        var switches = Syntax.Config.Select(s => (s.Key.Text, SettingText.Of(s.Value, Source)));
        return BuildSwitchParser.TryParse(switches, kernel.Build, out var build, out _) ? build : kernel.Build;
    }

    public override string ToString() => Name;
}
