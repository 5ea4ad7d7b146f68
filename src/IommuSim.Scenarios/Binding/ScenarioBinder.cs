using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Finds what the names in a scenario mean, and reports those that mean nothing.</summary>
internal sealed class ScenarioBinder
{
    private readonly KernelCatalog _catalog;
    private readonly SourceText _source;
    private readonly Scenario _syntax;
    private readonly DiagnosticSink _sink;

    private ScenarioBinder(KernelCatalog catalog, SourceText source, Scenario syntax)
    {
        _catalog = catalog;
        _source = source;
        _syntax = syntax;
        _sink = new DiagnosticSink(source);
    }

    /// <summary>The scenario, or null with the errors that keep it from being one.</summary>
    public static BoundScenario? Bind(
        ScenarioParseResult parsed,
        KernelCatalog catalog,
        out IReadOnlyList<Diagnostic> errors
    )
    {
        errors = parsed.Diagnostics;
        if (parsed.Scenario is not { } syntax)
            return null;
        var binder = new ScenarioBinder(catalog, parsed.Source, syntax);
        var bound = binder.Bind();
        errors = [.. binder._sink.ToList().Distinct()];
        return errors.Count == 0 ? bound : null;
    }

    private BoundScenario Bind()
    {
        var kernels = KernelBinder.Bind(_syntax.Kernels, _catalog, _sink);
        CheckConfig();
        CheckChoices();
        var devices = new DeviceBinder(_catalog, kernels, _source, _sink).Bind(_syntax.Devices);
        var context = new BindContext(_catalog, _syntax, kernels, _sink);
        var steps = new StepBinder(context).Bind(_syntax.Steps);
        return new BoundScenario(_source, _syntax, kernels)
        {
            Hardware = devices,
            Steps = [.. steps],
            Clauses = new ClauseBinder(context, _syntax).Bind(),
            SlotCount = context.Names.SlotCount,
        };
    }

    private void CheckConfig()
    {
        foreach (var setting in _syntax.Config)
        {
            var key = setting.Key.Text;
            (string, string)[] one = [(key, SettingText.Of(setting.Value, _source))];
            if (BuildSwitchParser.TryParse(one, BuildSwitches.Default, out _, out var error))
                continue;
            var isKey = BuildSwitchParser.Keys.Contains(key, StringComparer.Ordinal);
            _sink.Error(
                isKey ? setting.Value.Span : setting.Key.Span,
                error,
                isKey ? null : NearestWord.Find(key, BuildSwitchParser.Keys)
            );
        }
    }

    private void CheckChoices()
    {
        if (_syntax.Choices is not { } choices)
            return;
        if (!ReplaySource.TryParse(choices.Text, out _, out var error))
            _sink.Error(choices.Span, error);
    }
}

/// <summary>What the passes over one scenario share.</summary>
internal sealed class BindContext
{
    public BindContext(
        KernelCatalog catalog,
        Scenario scenario,
        ImmutableArray<KernelNode> kernels,
        DiagnosticSink sink
    )
    {
        Catalog = catalog;
        Kernels = kernels;
        Sink = sink;
        Names = new NameScope(scenario, sink);
        Values = new ValueBinder(Names, sink);
        Memory = new MemoryBinder(catalog, Values, sink);
    }

    public KernelCatalog Catalog { get; }

    /// <summary>The kernels that the scenario names.</summary>
    public ImmutableArray<KernelNode> Kernels { get; }

    public DiagnosticSink Sink { get; }

    public NameScope Names { get; }

    public ValueBinder Values { get; }

    public MemoryBinder Memory { get; }
}

/// <summary>Finds the kernels that a header names.</summary>
internal static class KernelBinder
{
    /// <summary>
    /// The kernels in the order of the tree, each once; those outside the history only by their own
    /// name.
    /// </summary>
    public static ImmutableArray<KernelNode> Bind(
        IReadOnlyList<KernelSelector> selectors,
        KernelCatalog catalog,
        DiagnosticSink sink
    )
    {
        foreach (var selector in selectors)
        {
            if (catalog.Find(selector.Name) is null)
                Unknown(selector, catalog, sink);
        }

        return
        [
            .. catalog.Kernels.Where(kernel => selectors.Any(s => OutcomeSelection.DistanceOf(s, kernel) is not null)),
            .. catalog.ByNameOnly.Where(kernel => selectors.Any(s => s.Name == kernel.Name)),
        ];
    }

    public static void Unknown(KernelSelector selector, KernelCatalog catalog, DiagnosticSink sink)
    {
        var names = catalog.Kernels.Concat(catalog.ByNameOnly).Select(k => k.Name);
        sink.Error(
            selector.Span,
            $"unknown kernel '{Token.Shorten(selector.Name)}'; 'iommusim kernels' lists them",
            NearestWord.Find(selector.Name, names)
        );
    }
}
