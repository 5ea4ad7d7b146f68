using System.Xml.Linq;

namespace IommuSim.Cli.Tests;

/// <summary>Answers as files for a browser: <c>--html</c>, and the objects after each step by <c>--graph</c>.</summary>
public sealed class PictureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private static string Scenario(string name) => $"scenarios/{name}.scenario";

    [Theory]
    [InlineData("compare", "v1/smmuv3", "shift1")]
    [InlineData("hunt --kernel bugs/A05-replace-unattached", "I7: a replace", "1 of 1 found")]
    public void Html_OfAnAnswer_HasWhatIsPrinted(string words, params string[] expected)
    {
        var run = Cli.Run([.. words.Split(' '), "--html", File("a.html")]);
        Assert.Equal(ExitCode.Holds, run.Exit);
        var html = System.IO.File.ReadAllText(File("a.html"));
        Assert.StartsWith("<!doctype html>", html);
        var title = words.Replace("--kernel", "<span class=\"option\">--kernel</span>", StringComparison.Ordinal);
        Assert.Contains($"<h1>iommusim {title}</h1>", html);
        Assert.All(expected, text => Assert.Contains(text, html));
        Assert.All(expected, text => Assert.Contains(text, run.Output));
        Assert.DoesNotContain("http", html);
        Assert.DoesNotContain("<script", html);
    }

    [Fact]
    public void Html_OfASchedule_HasItsDiagram()
    {
        string[] words = ["explore", Scenario("explore/attach-against-attach"), "--kernel", "base"];
        Assert.Equal(ExitCode.Holds, Cli.Run([.. words, "--html", File("a.html")]).Exit);
        Assert.Contains("CPU1 (P1)", System.IO.File.ReadAllText(File("a.html")));
    }

    [Fact]
    public void Graph_OfARun_HasAPictureForEachStep()
    {
        string[] words = ["run", Scenario("linux-7.3/nested-on-a-viommu"), "--kernel", "linux-7.3"];
        Assert.Equal(ExitCode.Holds, Cli.Run([.. words, "--graph", File("a.svg")]).Exit);
        var texts = TextsOf(File("a.svg"));
        Assert.Equal("nested-on-a-viommu on linux-7.3", texts[0]);
        Assert.Equal("ioas = IOMMU_IOAS_ALLOC: OK", texts[1]);
        Assert.Equal(["1 IOAS", "users 1"], texts[2..4]);
        Assert.Contains("7 nested hwpt", texts);
    }

    [Fact]
    public void Graph_OfAKernelOfC_IsThatOfTheModel()
    {
        const string Variable = "IOMMUSIM_KERNEL_73";
        var file = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(file), $"{Variable} names no kernel made of the C of Linux 7.3");
        string[] words = ["run", Scenario("linux-7.3/nested-on-a-viommu"), "--kernel"];
        Cli.Run([.. words, "linux-7.3", "--graph", File("model.svg")]);
        Cli.Run([.. words, file!, "--graph", File("source.svg")]);
        Assert.Equal(TextsOf(File("model.svg"))[1..], TextsOf(File("source.svg"))[1..]);
    }

    [Theory]
    [InlineData("run scenarios/base --graph a.svg", "--graph draws one run, and this is ")]
    [InlineData("run scenarios/explore/two-attaches.scenario --kernel base --graph a.svg", "one for each schedule")]
    [InlineData("run scenarios/linux-7.3/attach-twice.scenario --kernel linux-7.3 --graph /nowhere/a.svg", "cannot be")]
    [InlineData("compare --html /nowhere/a.html", "--html '/nowhere/a.html' cannot be written")]
    public void File_ThatCannotBe_IsOneSentence(string words, string sentence)
    {
        var run = Cli.Run(words.Split(' '));
        Assert.Equal(ExitCode.BadInput, run.Exit);
        Assert.Contains(sentence, run.Error);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
    }

    private static string[] TextsOf(string svg)
    {
        XNamespace space = "http://www.w3.org/2000/svg";
        return [.. XDocument.Load(svg).Descendants(space + "text").Select(text => text.Value)];
    }
}
