using IommuSim.Kernels;

namespace IommuSim.Cli.Tests;

/// <summary>Files that <c>new</c> writes run as they are, and no file is written over.</summary>
public sealed class NewTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Kernels => [.. KernelTree.All.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void New_ScenarioOfAnyKernel_Holds(string kernel)
    {
        var made = New("scenario", "busy", "--kernel", kernel);

        Assert.Equal(("", ExitCode.Holds), (made.Error, made.Exit));
        var file = PathOf("busy.scenario");
        Assert.Equal($"{file} is written. Next: iommusim run {file} --trace\n", made.Output);
        var run = Cli.Run("run", file);
        Assert.Equal(("", ExitCode.Holds), (run.Error, run.Exit));
        Assert.Contains("1 kernel", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void New_Driver_IsCompared()
    {
        var made = New("driver", "acme");

        var file = PathOf("acme.yaml");
        Assert.Equal($"{file} is written. Next: iommusim compare --drivers {file} --driver acme\n", made.Output);
        var compared = Cli.Run("compare", "--drivers", file, "--driver", "acme");
        Assert.Equal(("", ExitCode.Holds), (compared.Error, compared.Exit));
        Assert.Contains("acme_S1", compared.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scenario", "taken.scenario")]
    [InlineData("driver", "taken.yaml")]
    public void New_FileIsThere_StaysAsItIs(string kind, string file)
    {
        File.WriteAllText(PathOf(file), "mine");

        var made = New(kind, "taken");

        Assert.Equal(ExitCode.BadInput, made.Exit);
        Assert.Equal(
            $"iommusim: there is a file '{PathOf(file)}' already; give another name, or move it away\n",
            made.Error
        );
        Assert.Equal("mine", File.ReadAllText(PathOf(file)));
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private CliResult New(params string[] arguments) => Cli.Run(["new", .. arguments, "--out", _folder.FullName]);
}
