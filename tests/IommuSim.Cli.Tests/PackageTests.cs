namespace IommuSim.Cli.Tests;

/// <summary>The packages, used as an outsider does. All are made once.</summary>
public sealed class PackageTests(PackageTests.Feed feed) : IClassFixture<PackageTests.Feed>
{
    /// <summary>The tool, installed; and projects that have the libraries as packages.</summary>
    [Theory]
    [InlineData("tests/packages/tool")]
    [InlineData("tests/samples/run")]
    public async Task Packages_FromAFolder_DoTheirWork(string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "packages: not run: the script is for Linux");
        await Script.RunAsync(script, feed.Path);
    }

    /// <summary>Where the packages are.</summary>
    public sealed class Feed : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory().FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
