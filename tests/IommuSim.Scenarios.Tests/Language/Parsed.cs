using IommuSim.Scenarios.Language;

namespace IommuSim.Scenarios.Tests.Language;

/// <summary>
/// Parses what a test knows to be good; the errors, if any, are the failure message.
/// </summary>
internal static class Parsed
{
    public static Scenario Good(string text)
    {
        ScenarioParseResult result = ScenarioParser.Parse("t.scenario", text);
        Assert.True(result.Scenario is not null, result.Source.Render(result.Diagnostics));
        Assert.Empty(result.Diagnostics);
        return result.Scenario!;
    }

    public static Step Step(string line) => Assert.Single(Good(ScenarioSample.WithSteps(line + "\n")).Steps);

    public static Outcome Outcome(string line) => Assert.Single(Step("bind dev0\n  " + line).Outcomes);

    public static IReadOnlyList<Diagnostic> Bad(string text)
    {
        ScenarioParseResult result = ScenarioParser.Parse("t.scenario", text);
        Assert.Null(result.Scenario);
        Assert.NotEmpty(result.Diagnostics);
        return result.Diagnostics;
    }
}
