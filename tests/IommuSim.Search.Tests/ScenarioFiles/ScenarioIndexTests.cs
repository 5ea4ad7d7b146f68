using IommuSim.Testing;

namespace IommuSim.Search.Tests.ScenarioFiles;

public sealed class ScenarioIndexTests
{
    private const string ReadMe = ShippedScenarios.Folder + "/README.md";

    [Fact]
    public void ReadMe_ListsEveryScenario()
    {
        var written = File.ReadAllText(RepositoryRoot.Combine(ReadMe));
        var end = written.IndexOf(ScenarioIndex.Marker, StringComparison.Ordinal);
        Assert.True(end >= 0, $"{ReadMe} has no line {ScenarioIndex.Marker}");
        GoldenFile.Check(ReadMe, written[..end] + ScenarioIndex.Render(ShippedScenarios.Load.Scenarios));
    }
}
