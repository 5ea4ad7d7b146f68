namespace IommuSim.Cli.Tests;

/// <summary>The command as a package, installed as a user does it.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Tool_PackedAndInstalled_JudgesScenarios()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "packages: not run: the script is for Linux");
        await Script.RunAsync("tests/packages/tool");
    }
}
