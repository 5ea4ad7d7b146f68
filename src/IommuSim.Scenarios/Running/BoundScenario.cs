using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.State;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>
/// A scenario in which every name means something: ready to be run on any kernel.
/// </summary>
[Stateless]
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

    internal Scenario Syntax { get; }

    /// <summary>The scenario's name.</summary>
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

    /// <summary>The step's first line as it is written.</summary>
    internal string TextOf(Step step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return Source.Line(step.Span.Line).Split('#')[0].Trim().TrimEnd('\\').TrimEnd();
    }

    /// <summary>The build of the kernel, with the switches of the header.</summary>
    public BuildSwitches BuildFor(KernelNode kernel)
    {
        var switches = Syntax.Config.Select(s => (s.Key.Text, SettingText.Of(s.Value, Source)));
        return BuildSwitchParser.TryParse(switches, kernel.Build, out var build, out _) ? build : kernel.Build;
    }

    /// <summary>
    /// Why a kernel made of C cannot have the scenario's devices; null where it can. A modelled kernel that lacks one
    /// does not do what is stated.
    /// </summary>
    public string? RefusalOf(KernelNode kernel, KernelCatalog catalog)
    {
        if (!catalog.IsSource(kernel))
            return null;
        var machine = catalog.Boot(kernel, BuildFor(kernel));
        foreach (var (driver, options) in Hardware)
        {
            if (!machine.TryAddDevice(driver, options, out _, out var error))
                return error;
        }

        return null;
    }

    /// <summary>The scenario's name.</summary>
    public override string ToString() => Name;
}

/// <summary>A step whose every name is known, with what is stated of it on each kernel.</summary>
internal sealed class BoundStep(Step syntax, StepAction action, Func<KernelNode, Statement?> bind)
{
    private readonly Dictionary<KernelNode, Statement?> _statements = [];

    public Step Syntax { get; } = syntax;

    public StepAction Action { get; } = action;

    /// <summary>The child that makes it; null for the program itself.</summary>
    public StepCaller? Caller { get; init; }

    /// <summary>The part of the scenario it stands in; see <see cref="StepBlock"/>.</summary>
    public int Block => Syntax.Block;

    /// <summary>
    /// Null for a kernel of which nothing is stated: then whatever happens holds.
    /// </summary>
    public Statement? StatementFor(KernelNode kernel)
    {
        if (!_statements.TryGetValue(kernel, out var statement))
            _statements[kernel] = statement = bind(kernel);
        return statement;
    }
}

/// <summary>A child that makes a step.</summary>
/// <param name="Slot">Of the step that made the child.</param>
internal sealed record StepCaller(string Name, int Slot);

/// <summary>A clause in which every name means something.</summary>
internal sealed record BoundClause(Clause Syntax, ImmutableArray<BoundFact> Facts)
{
    public ClauseKind Kind => Syntax.Kind;

    /// <summary>Whether the clause speaks of this kernel.</summary>
    public bool IsFor(KernelNode kernel) =>
        Syntax.Selectors.Count == 0 || Syntax.Selectors.Any(s => OutcomeSelection.DistanceOf(s, kernel) is not null);
}

/// <summary>One thing that a schedule shows: exactly one of the three is asked.</summary>
/// <param name="Title">The title of a report or of a broken invariant; null for the others.</param>
/// <param name="Step">The step that ends as told; -1 for the others.</param>
/// <param name="Killed">The step, or without one any task, dies.</param>
/// <param name="Errno">How the step ends when it does not die.</param>
internal sealed record BoundFact(string? Title, int Step, bool Killed, Errno Errno);

/// <summary>Titles of broken invariants begin with the letter I and a number: <c>I4: ...</c>.</summary>
internal static class InvariantTitle
{
    public static bool IsOne(string? title) =>
        title is ['I', >= '0' and <= '9', ..] && title.Contains(": ", StringComparison.Ordinal);
}

/// <summary>A device of a scenario, to be plugged in when a machine boots.</summary>
/// <param name="Driver">The name of the driver.</param>
internal sealed record BoundHardware(string Driver, DeviceOptions Options);

/// <summary>Settings are words to those who read them, whatever form they have.</summary>
internal static class SettingText
{
    public static string Of(Value value, SourceText source) =>
        value is StringValue text
            ? text.Text
            : source.Line(value.Span.Line).Substring(value.Span.Column - 1, value.Span.Length);
}
