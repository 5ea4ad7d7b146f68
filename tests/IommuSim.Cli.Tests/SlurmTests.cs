using System.Diagnostics;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>
/// A campaign on a real Slurm. The script installs one where it may; where none can be had the test is skipped with the
/// script's reason.
/// </summary>
public sealed class SlurmTests
{
    private const int NotHad = 3;

    [Fact]
    public async Task Slurm_ArrayWithAKilledTask_MergesToWhatOneJobGives()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "slurm: not run: this is no Linux");
        string[] words =
        [
            RepositoryRoot.Combine("tests/campaigns/slurm"),
            Path.Combine(AppContext.BaseDirectory, "iommusim"),
        ];
        var start = new ProcessStartInfo("bash", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var script = Process.Start(start)!;
        var cancelled = TestContext.Current.CancellationToken;
        var error = script.StandardError.ReadToEndAsync(cancelled);
        var output = (await script.StandardOutput.ReadToEndAsync(cancelled)).Trim();
        await script.WaitForExitAsync(cancelled);
        Assert.SkipWhen(script.ExitCode == NotHad, output);
        Assert.True(script.ExitCode == 0, $"status {script.ExitCode}\n{output}\n{await error}");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }
}
