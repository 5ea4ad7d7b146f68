using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Cli.Commands;

/// <summary>A scenario: what it asks, of whom, and why.</summary>
internal static class ShowScenario
{
    public static Page PageOf(BoundScenario scenario)
    {
        var syntax = scenario.Syntax;
        var facts = new PageTable("scenario", scenario.Name) { Prose = [1] };
        facts.Add("question", syntax.Question.Text);
        facts.Add("why", syntax.Why.Text);
        facts.Add("source", syntax.Source.Text);
        facts.Add("file", scenario.Path);
        facts.Add("kernels", string.Join(' ', scenario.Kernels.Select(k => k.Name)));
        facts.Add("devices", string.Join('\n', syntax.Devices.Select(Device)));
        var steps = new PageTable("line", "step", "outcomes stated");
        foreach (var step in syntax.Steps)
            steps.Add($"{step.Span.Line}", Step(step), $"{step.Outcomes.Count}");
        return new Page().Table(facts).Table(steps).Text($"'iommusim run {scenario.Path} --trace' shows it at work.");
    }

    private static string Device(DeviceDeclaration device) => $"{device.Name.Text}: {device.Driver.Text}";

    private static string Step(Step step) =>
        step.Result is { } result ? $"{result.Text} = {step.Verb.Text}" : step.Verb.Text;
}
