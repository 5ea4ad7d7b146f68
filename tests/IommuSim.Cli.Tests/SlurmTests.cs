namespace IommuSim.Cli.Tests;

/// <summary>
/// A campaign on a real Slurm. The script installs one where it may; where none can be had the test is skipped with the
/// script's reason.
/// </summary>
public sealed class SlurmTests
{
    [Fact]
    public async Task Slurm_ArrayWithAKilledTask_MergesToWhatOneJobGives()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "slurm: not run: this is no Linux");
        await Script.RunAsync("tests/campaigns/slurm");
    }
}
