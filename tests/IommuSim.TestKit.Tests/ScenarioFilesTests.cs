namespace IommuSim.TestKit.Tests;

public sealed class ScenarioFilesTests
{
    [Theory, ScenarioFiles("explore/attach-against-attach.scenario")]
    public void Scenario_OnTheKernelsItNames_Holds(ScenarioCase row) => row.AssertHolds();

    [Theory, ScenarioFiles("explore", Kernel = "linux-6.8")]
    public void Scenario_OnOneKernel_Holds(ScenarioCase row)
    {
        Assert.Equal("linux-6.8", row.Kernel);
        row.AssertHolds();
    }

    [Fact]
    public async Task GetData_Folder_HasARowForEachKernel()
    {
        var method = typeof(ScenarioFilesTests).GetMethod(nameof(Scenario_OnOneKernel_Holds))!;
        var rows = await new ScenarioFilesAttribute("explore/attach-against-attach.scenario").GetData(method, new());
        string[] kernels = ["base", "v1/12", "linux-6.6", "linux-6.8"];
        Assert.Equal(kernels, rows.Select(row => ((ScenarioCase)row.GetData()[0]!).Kernel));
    }

    [Fact]
    public async Task GetData_FileThatIsMissing_SaysWhat()
    {
        var method = typeof(ScenarioFilesTests).GetMethod(nameof(Scenario_OnOneKernel_Holds))!;
        var refused = await Assert.ThrowsAsync<ArgumentException>(async () =>
            await new ScenarioFilesAttribute("nowhere").GetData(method, new())
        );
        Assert.Contains("nowhere", refused.Message);
    }

    [Fact]
    public void Judge_ScenarioThatDoesNotHold_SaysWhere()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var file = Path.Combine(folder.FullName, "wrong.scenario");
            File.WriteAllText(
                file,
                "name: wrong\nquestion: q\nwhy: w\nsource: s\nkernels: linux-6.8\n\nsteps:\nIOMMU_IOAS_ALLOC\n  EBUSY\n"
            );
            var row = Assert.Single(ScenarioCase.Load(file, null));
            Assert.Contains("wrong.scenario:9", row.Judge());
            Assert.Throws<InvalidOperationException>(row.AssertHolds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
