using IommuSim.Cli.Dialects;
using IommuSim.Cli.Review;
using IommuSim.Cli.Tests.Reviews;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>What <c>review --format</c> prints, by the readers of each format that read <c>run</c>.</summary>
public sealed class ReviewReaderTests
{
    private const string First = "mine/01 Commit 1 <&> of linux-7.3/fixed";
    private const string Second = "mine/02 Commit 2 <&> of bugs/P09-copy-to-the-hole";
    private const string Third = "mine/03 Commit 3 <&> of broken";

    private static readonly Lazy<ReviewReport> s_report = new(() =>
    {
        var series = new ScratchSeries(ScratchSeries.Sound, ScratchSeries.Differs, ScratchSeries.Broken);
        var report = series.Review();
        series.Remove();
        return report;
    });

    /// <summary>What the second commit is found to change; the readers are to read exactly these.</summary>
    private static DialectCase[] Found => [.. ReviewDialect.Of(s_report.Value).Suites[1].Cases];

    [Fact]
    public void Kunit_ReadsAReview_ACommitIsASuite()
    {
        string[] expected =
        [
            $"SUCCESS {First}",
            "- SUCCESS searches 0",
            $"FAILURE {Second}",
            .. Found.Select(c => $"- FAILURE {c.Name} {1 + c.Explanation.Count()}"),
            $"FAILURE {Third}",
            "- FAILURE compiles 3",
            $"Ran {Found.Length + 2} tests: passed: 1, failed: {Found.Length + 1} errors: 0",
        ];
        var read = Reader.Run(In(Format.Ktap), "python3", "-c", KtapReaderTests.Kunit, KtapReaderTests.KunitFolder());
        Assert.Equal(expected, read.Split('\n').Select(line => line.TrimEnd()));
    }

    [Fact]
    public void TapParser_ReadsAReview_NoError()
    {
        Reader.Require("perl has no TAP::Parser", "perl", "-MTAP::Parser", "-e", "1");
        string[] expected =
        [
            $"ok {First}",
            $"not ok {Second}",
            $"not ok {Third}",
            "planned 3, run 3",
            "- ok searches",
            "- planned 1, run 1",
            .. Found.Select(c => $"- not ok {c.Name}"),
            $"- planned {Found.Length}, run {Found.Length}",
            "- not ok compiles",
            "- planned 1, run 1",
        ];
        Assert.Equal(expected, Reader.Run(In(Format.Ktap), "perl", "-e", KtapReaderTests.TapParser).Split('\n'));
    }

    [Fact]
    public void JunitParser_ReadsAReview_EveryFinding()
    {
        const string Python = JunitReaderTests.Python;
        Reader.Require($"{Python} has no junitparser", Python, "-c", "import junitparser");
        string[] expected =
        [
            $"{First} 1 0 0 0",
            "- searches",
            $"{Second} {Found.Length} {Found.Length} 0 0",
            .. Found.SelectMany(c => new[] { $"- {c.Name}", $"  Failure {c.Rule!.Id} {c.Message}" }),
            $"{Third} 1 1 0 0",
            "- compiles",
            "  Failure review/compile main.c:1:1: error: <no> C",
        ];
        Assert.Equal(expected, Reader.Run(In(Format.Junit), Python, "-c", JunitReaderTests.JunitParser).Split('\n'));
    }

    [Fact]
    public void Sarif_OfAReview_IsValidAndHasRulesAndPlaces()
    {
        var log = In(Format.Sarif);
        SarifReaderTests.AssertValid(log);
        var run = Assert.Single(SarifReaderTests.Read(log).Runs);
        var places = run.Results.Select(r => r.Locations[0].PhysicalLocation);

        Assert.Equal([.. Found.Select(c => c.Rule!.Id), "review/compile"], run.Results.Select(r => r.GetRule(run).Id));
        Assert.Contains("review/answer", Found.Select(c => c.Rule!.Id));
        Assert.All(
            places,
            p => Assert.Equal(("main.c", 1), (p.ArtifactLocation.Uri.OriginalString, p.Region.StartLine))
        );
    }

    [Fact]
    public void Github_OfAReview_AnAnnotationForEachFinding()
    {
        const string Place = "file=main.c;line=1;title=";
        var lines = In(Format.Github).TrimEnd('\n').Split('\n');
        var read = lines[..^1].Select(GithubReaderTests.Read).ToArray();

        Assert.Equal(
            [.. Found.Select(c => $"{Place}{Second}: {c.Name}"), $"{Place}{Third}: compiles"],
            read.Select(r => r.Properties)
        );
        Assert.Equal("main.c:1:1: error: <no> C\nmain.c:1:1: error: <no> C\n1 error generated.", read[^1].Data);
        Assert.Equal($"1 passed, {Found.Length + 1} failed, 0 skipped", lines[^1]);
    }

    private static string In(Format format) => DialectSample.In(format, ReviewDialect.Of(s_report.Value));
}
