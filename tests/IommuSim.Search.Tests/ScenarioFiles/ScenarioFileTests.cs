using IommuSim.Iommu;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.ScenarioFiles;

/// <summary>Every scenario of the repository, on every kernel that it names.</summary>
public sealed class ScenarioFileTests
{
    /// <summary>A file that takes more is more than one question.</summary>
    private const int MostLines = 45;
    private const int MostColumns = 120;

    /// <summary>A row for each verdict, named so that a list of them can be read.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Verdicts
    {
        get
        {
            foreach (var scenario in ShippedScenarios.Load.Scenarios)
            {
                var path = ShippedScenarios.PathOf(scenario);
                foreach (var kernel in scenario.Kernels)
                {
                    yield return new TheoryDataRow<string, string>(path, kernel.Name)
                    {
                        TestDisplayName = $"{path} holds on {kernel.Name}",
                    };
                }
            }
        }
    }

    public static TheoryData<string> Files => [.. ShippedScenarios.Load.Scenarios.Select(ShippedScenarios.PathOf)];

    [Fact]
    public void Load_EveryFile_HasNoError() =>
        Assert.True(ShippedScenarios.Load.Errors.Count == 0, string.Join("\n", ShippedScenarios.Load.Errors));

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Run_OnAKernelThatItNames_Holds(string scenario, string kernel)
    {
        var catalog = KernelCatalog.Default;
        var run = ScenarioVerdict.Run(ShippedScenarios.Find(scenario), catalog.Find(kernel)!, catalog);
        Assert.True(run.Holds, run.Failure);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Name_IsThatOfTheFileInLowerCase(string scenario)
    {
        var name = ShippedScenarios.Find(scenario).Name;
        Assert.Equal(Path.GetFileNameWithoutExtension(scenario), name);
        Assert.Matches("^[a-z0-9][a-z0-9.-]*$", name);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Name_OfABug_BeginsWithItsId(string scenario)
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(scenario));
        var id = Path.GetFileName(scenario).Split('-')[0];
        Assert.True(folder != "bugs" || Enum.TryParse<Bug>(id, ignoreCase: true, out _), $"{id} is no bug");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Question_IsOneSentence(string scenario)
    {
        var question = ShippedScenarios.Find(scenario).Syntax.Question.Text;
        Assert.EndsWith("?", question, StringComparison.Ordinal);
        Assert.Equal(question.Length - 1, question.IndexOf('?', StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_FitsOnAPage(string scenario)
    {
        var lines = File.ReadAllLines(ShippedScenarios.Find(scenario).Path);
        Assert.InRange(lines.Length, 1, MostLines);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, MostColumns));
    }
}
