namespace IommuSim.Cli.Tests;

public sealed class HuntReplayTests
{
    private const string Kernel = "bugs/A08-double-list-add";
    private const string Title = "list corruption in iommufd_device_attach";

    /// <summary>Seeds of sequences; most find this bug.</summary>
    private const int Seeds = 20;

    [Fact]
    public void Replay_OfAFuzz_ShowsTheCallsWithOutcomesAndReports()
    {
        var output = Found().Output;

        Assert.StartsWith(Title, output, StringComparison.Ordinal);
        Assert.Contains("\nsteps:\n", output, StringComparison.Ordinal);
        Assert.Contains($", report \"{Title}\"\n", output, StringComparison.Ordinal);
        Assert.Contains($"source: iommusim hunt --kernel {Kernel} --replay fuzz:", output, StringComparison.Ordinal);
        Assert.Contains("--out FOLDER", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_WithAFolder_WritesAScenarioThatHoldsAndAProgram()
    {
        var folder = Directory.CreateTempSubdirectory("iommusim-hunt").FullName;
        try
        {
            Found("--out", folder);

            Assert.Single(Directory.GetFiles(folder, "*.c"));
            var scenario = Assert.Single(Directory.GetFiles(folder, "*.scenario"));
            Assert.Equal(ExitCode.Holds, Cli.Run("run", scenario).Exit);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Hunt_FolderWithoutReplay_IsRefused()
    {
        var result = Cli.Run("hunt", "--kernel", Kernel, "--out", "findings");

        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains("give --replay", result.Error, StringComparison.Ordinal);
    }

    private static CliResult Found(params string[] more)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var result = Cli.Run(["hunt", "--kernel", Kernel, "--replay", $"fuzz:{seed}", .. more]);
            if (result.Exit == ExitCode.DoesNotHold && result.Output.StartsWith(Title, StringComparison.Ordinal))
                return result;
        }

        throw new InvalidOperationException($"no sequence of {Seeds} finds {Title}");
    }
}
