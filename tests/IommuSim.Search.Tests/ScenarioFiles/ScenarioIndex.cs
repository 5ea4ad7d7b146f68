using System.Text;
using IommuSim.Scenarios.Running;

namespace IommuSim.Search.Tests.ScenarioFiles;

/// <summary>The generated half of scenarios/README.md: a table of questions for each folder.</summary>
internal static class ScenarioIndex
{
    /// <summary>What stands above this line is written by hand.</summary>
    public const string Marker = "<!-- index -->";

    private static readonly Dictionary<string, string> s_titles = new(StringComparer.Ordinal)
    {
        ["base"] = "what the series stands on: attach, replace, destroy, the dispatcher",
        ["bugs"] = "every bug of the series and of its later versions, before and after",
        ["design"] = "the alternatives compared",
        ["drivers"] = "what a driver advertises, accepts, and notices only at attach",
        ["explore"] = "races: calls at the same time, under every schedule",
        ["linux-7.3"] = "objects that 6.12 and 7.3 have and no earlier kernel of the tree",
        ["selftest"] = "what the selftests of the series and of the merged kernels assert",
        ["thread"] = "each claim of the mails on patch 08, and what nobody mentioned",
    };

    public static string Render(IEnumerable<BoundScenario> scenarios)
    {
        var text = new StringBuilder(Marker).Append('\n');
        var folders = scenarios
            .GroupBy(s => ShippedScenarios.PathOf(s).Split('/')[0], StringComparer.Ordinal)
            .OrderBy(folder => folder.Key, StringComparer.Ordinal);
        foreach (var folder in folders)
            Append(text, folder);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IGrouping<string, BoundScenario> folder)
    {
        var title = s_titles.GetValueOrDefault(folder.Key, "");
        text.Append("\n## ").Append(folder.Key);
        if (title.Length > 0)
            text.Append(": ").Append(title);
        text.Append("\n\n| question | file | kernels |\n|---|---|---|\n");
        foreach (var scenario in folder.OrderBy(ShippedScenarios.PathOf, StringComparer.Ordinal))
            text.Append(Row(scenario)).Append('\n');
    }

    private static string Row(BoundScenario scenario)
    {
        var path = ShippedScenarios.PathOf(scenario);
        var kernels = string.Join(' ', scenario.Syntax.Kernels);
        return $"| {Cell(scenario.Syntax.Question.Text)} | [{scenario.Name}]({path}) | {kernels} |";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
