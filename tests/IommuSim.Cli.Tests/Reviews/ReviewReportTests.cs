using System.Text.Json.Nodes;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Review;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>What a report says of Linux: of its selftests, and of findings that it was asked.</summary>
public sealed class ReviewReportTests
{
    private static readonly string[] s_kernels = [ScratchSeries.Sound, ScratchSeries.Differs];

    /// <summary>Selftests are run at every depth that has turns of a hunt.</summary>
    private static readonly ReviewDepth s_selftested = new("normal", Compared: 100, Sequences: 100, Turns: 1);

    [Fact]
    public void OnLinux_NotAsked_SaysHowToAsk()
    {
        var mail = Mail(Review(new ScratchSeries(s_kernels), ReviewDepth.Quick, confirm: false));
        Assert.Contains("Not tried on Linux; its C program is mine-02/1.c of --out.", Unfolded(mail));
    }

    [Fact]
    public void OnLinux_Asked_HasTheVerdictAndEachProgramWasAsked()
    {
        var asked = new List<string>();
        var series = new ScratchSeries(s_kernels)
        {
            Asked = programs =>
            {
                asked.AddRange(programs);
                return [.. programs.Select(_ => "confirmed, the last call returns what it returned there")];
            },
        };
        var report = Review(series, ReviewDepth.Quick, confirm: true);

        Assert.Equal(report.Commits[1].Findings.Select(f => f.Program), asked);
        Assert.Contains(
            "On User-Mode Linux of this commit: confirmed, the last call returns what it returned there.",
            Unfolded(Mail(report))
        );
        var finding = JsonNode.Parse(ReviewJson.Of(report))!["commits"]![1]!["findings"]![0]!;
        Assert.Equal("confirmed, the last call returns what it returned there", (string?)finding["onLinux"]);
    }

    [Fact]
    public void OnLinux_CannotBeBuilt_ANoteAndTheFindingsStay()
    {
        var series = new ScratchSeries(s_kernels)
        {
            Asked = _ => throw new InputErrorException("there is no C compiler: apt-get install gcc"),
        };
        var report = Review(series, ReviewDepth.Quick, confirm: true);

        Assert.NotEmpty(report.Commits[1].Findings);
        Assert.Contains(
            "From mine/02 on not asked on Linux: there is no C compiler: apt-get install gcc.",
            report.Notes
        );
    }

    [Fact]
    public void Selftests_OneFailsAndOnePasses_AreTold()
    {
        var series = new ScratchSeries(ScratchSeries.Sound)
        {
            Selftested = at => Results(("a", at == 0), ("b", at == 1), ("c", true)),
        };
        var report = Review(series, s_selftested, confirm: false);
        var mail = Unfolded(Mail(report));

        Assert.Contains("Linux's own selftests that passed before and fail now: a.", mail);
        Assert.Contains("Linux's own selftests that pass now and did not before: b.", mail);
        Assert.Contains("3 selftests of Linux, of which 2 pass", mail);
        Assert.Equal(1, report.Findings);
    }

    [Fact]
    public void Selftests_CannotBeBuilt_OneNote()
    {
        var series = new ScratchSeries(ScratchSeries.Sound, ScratchSeries.Sound)
        {
            Selftested = static _ => SelftestResults.NotRun("there is no C compiler for them: apt-get install gcc"),
        };
        var report = Review(series, s_selftested, confirm: false);

        const string Note = "Linux's own selftests were not run: there is no C compiler for them: apt-get install gcc.";
        Assert.Single(report.Notes, Note);
        Assert.True(report.Holds);
    }

    [Fact]
    public void Selftests_QuickDepth_AreLeftOut()
    {
        var series = new ScratchSeries(ScratchSeries.Sound)
        {
            Selftested = static _ => throw new InvalidOperationException("run at quick depth"),
        };
        Assert.True(Review(series, ReviewDepth.Quick, confirm: false).Holds);
    }

    [Fact]
    public void Searched_NothingOfAKind_IsNotNamed()
    {
        var mail = Unfolded(Mail(Review(new ScratchSeries(ScratchSeries.Sound), ReviewDepth.Quick, confirm: false)));
        Assert.Contains(": 500 sequences on both, 500 sequences.", mail);
    }

    private static ReviewReport Review(ScratchSeries series, ReviewDepth depth, bool confirm)
    {
        var wish = new ReviewWish(series.Folder, ScratchSeries.Range, depth, [], Time: null) { Confirm = confirm };
        var report = series.Review(wish);
        series.Remove();
        return report;
    }

    private static string Mail(ReviewReport report)
    {
        var text = new StringWriter();
        MailText.Write(ReviewPage.Of(report), text, new ConsoleSettings(80, false, false, TimeProvider.System));
        Assert.All(text.ToString().Split('\n'), line => Assert.InRange(line.Length, 0, MailText.Width));
        return text.ToString();
    }

    private static string Unfolded(string mail) =>
        string.Join(' ', mail.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));

    private static SelftestResults Results(params (string Test, bool Passed)[] tests) =>
        new(tests.ToDictionary(t => t.Test, t => t.Passed, StringComparer.Ordinal));
}
