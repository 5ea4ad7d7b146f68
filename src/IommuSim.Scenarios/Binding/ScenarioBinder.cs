using IommuSim.Machine;
using IommuSim.Scenarios.Language;

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
