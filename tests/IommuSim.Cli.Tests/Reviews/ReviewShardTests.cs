using System.CommandLine;
using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Cli.Review;
using IommuSim.Machine.Reports;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Oracles;
using IommuSim.Search.Reviews;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests.Reviews;

/// <summary>A review that is dealt out to many jobs, on modelled kernels.</summary>
public sealed class ReviewShardTests : IDisposable
{
    private const string Scenarios = "--scenarios";
    private const string Scenario = "scenarios/bugs/p09-a-copy-of-less-than-asked.scenario";

    /// <summary>A finding, one that repairs it and has another, none that compiles, one that repairs all.</summary>
    private static readonly string[] s_kernels =
    [
        ScratchSeries.Sound,
        ScratchSeries.Differs,
        ScratchSeries.Leaks,
        ScratchSeries.Broken,
        ScratchSeries.Sound,
    ];

    private readonly CampaignFolder _folder = new();
    private readonly List<ScratchSeries> _series = [];

    public ReviewShardTests()
    {
        Environment.CurrentDirectory = RepositoryRoot.Path;
        foreach (var name in (string[])["idea", "other", "refused"])
            File.WriteAllText(PatchOf(name), name);
    }

    public void Dispose()
    {
        _folder.Dispose();
        foreach (var series in _series)
            series.Remove();
    }

    [Fact]
    public void Merge_ThreeShards_IsByteForByteOneReviewInEveryFormat()
    {
        var series = Series(s_kernels);
        foreach (var shard in (string[])["2/3", "3/3", "1/3"])
            Assert.Equal("", Shard(series, shard, "shards", [.. Alternatives]).Error);
        var wish = new ReviewWish(series.Folder, ScratchSeries.Range, ReviewDepth.Quick, [Scenario], Time: null)
        {
            With = [.. Alternatives.Where(word => word != "--with")],
        };
        var report = series.Review(wish);
        foreach (var format in ReviewCommand.Formats)
        {
            var one = new StringWriter();
            var settings = new ConsoleSettings(ConsoleSettings.DefaultWidth, false, false, TimeProvider.System);
            ReviewCommand.Write(new CommandContext(one, TextWriter.Null, settings), report, format);
            var merged = Cli.Run("merge", _folder["shards"], "--format", format);
            Assert.Equal((ExitCode.Found, $"{one}", ""), (merged.Exit, merged.Output, merged.Error));
        }

        var mail = Cli.Run("merge", _folder["shards"], "--format", "mail").Output;
        Assert.All(
            (string[])
                ["mine/03 repairs it", "Repairs mine/02", "mine/04 does not compile", "mine/02+idea", "no patches"],
            text => Assert.Contains(text, mail.ReplaceLineEndings(" "), StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Merge_NormalDepth_HasTheSelftestsAndTheNotes()
    {
        var series = Kept(
            new ScratchSeries(ScratchSeries.Sound)
            {
                Selftested = static at => new SelftestResults(
                    new Dictionary<string, bool>(StringComparer.Ordinal) { ["a"] = at == 0 }
                ),
            }
        );
        File.WriteAllText(Path.Combine(series.Folder, "main.c"), "/* another */\n");
        string[] deeper = ["--depth", "normal", "--format", "json"];
        var shard = Shard(series, "1/1", "shards", deeper);
        var one = Review(series, deeper);
        Assert.Equal((ExitCode.Found, one.Output), (shard.Exit, shard.Output));
        Assert.Contains("\"failing\": [\n          \"a\"", one.Output, StringComparison.Ordinal);
        Assert.Contains("Not looked at: 1 file with changes that are not committed.", one.Output);
    }

    [Fact]
    public void Merge_Confirmed_HasWhatLinuxSays()
    {
        var series = Kept(
            new ScratchSeries(ScratchSeries.Sound, ScratchSeries.Differs)
            {
                Asked = programs => [.. programs.Select(_ => "confirmed, it is so")],
            }
        );
        Shard(series, "1/2", "shards", "--confirm");
        Shard(series, "2/2", "shards", "--confirm");
        var one = Review(series, "--confirm");
        Assert.Equal(one.Output, Cli.Run("merge", _folder["shards"]).Output);
        Assert.Contains("confirmed, it is so", one.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_Out_WritesWhatOneJobWrites()
    {
        var series = Series(s_kernels[..2]);
        var one = Shard(series, "1/1", "one", "--format", "json");
        Shard(series, "1/2", "shards");
        Shard(series, "2/2", "shards");
        var merged = Cli.Run("merge", _folder["shards"], "--out", _folder["merged"], "--format", "json");
        Assert.Equal((ExitCode.Found, one.Output), (one.Exit, merged.Output));
        Assert.Equal(_folder.FilesOf("one"), _folder.FilesOf("merged"));
        Assert.Equal(one.Output, _folder.FilesOf("merged")["result.json"]);
        Assert.Equal(_folder.FilesOf("one/mine-02"), _folder.FilesOf("merged/mine-02"));
    }

    [Fact]
    public void Shard_Status_SaysWhetherItFoundSomething()
    {
        var series = Series(ScratchSeries.Sound, ScratchSeries.Leaks);
        var clean = Shard(series, "1/2", "shards");
        var found = Shard(series, "2/2", "shards");
        Assert.Equal((ExitCode.Holds, ExitCode.Found), (clean.Exit, found.Exit));
        Assert.Contains("shard 1/2: 1 of 1 item, 0 findings", clean.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Found, Cli.Run("merge", _folder["shards"]).Exit);
    }

    [Fact]
    public void Shard_OfACommitThatFindsNothing_BuildsItsKernelAndTheOneBefore()
    {
        var built = new List<int>();
        var series = Kept(
            new ScratchSeries([.. s_kernels[..4], ScratchSeries.Leaks, ScratchSeries.Leaks]) { Building = built.Add }
        );
        Shard(series, "6/6", "shards");
        Assert.Equal([0, 5, 6], built);
    }

    [Fact]
    public void Shard_WhoseFindingIsRepaired_BuildsNoKernelBehindTheRepair()
    {
        var built = new List<int>();
        var series = Kept(new ScratchSeries(s_kernels) { Building = built.Add });
        Shard(series, "2/5", "shards");
        Assert.Equal([0, 1, 2, 3], built);
    }

    [Fact]
    public void Shard_Killed_GoesOnBehindItsLastWholeLine()
    {
        var searched = new List<int>();
        var series = Kept(new ScratchSeries(s_kernels) { Building = searched.Add });
        Shard(series, "1/2", "whole");
        Shard(series, "1/2", "cut");
        var path = FileOf("cut", "1-of-2");
        var lines = File.ReadAllLines(path);
        File.WriteAllText(path, $"{lines[0]}\n{lines[1]}\n{lines[2]}\n{lines[3][..200]}");
        searched.Clear();
        var again = Shard(series, "1/2", "cut");
        Assert.Contains("2 items of an earlier job not run again", again.Output, StringComparison.Ordinal);
        Assert.Equal(_folder.FilesOf("whole"), _folder.FilesOf("cut"));
        // Its last commit, the one before that compiles, and the base.
        Assert.Equal([0, 4, 3, 5], searched);
    }

    [Fact]
    public void Shard_DiskIsFullInTheMiddle_KeepsItsLinesSaysWhyAndGoesOn()
    {
        var isFull = true;
        var series = Kept(
            new ScratchSeries(s_kernels)
            {
                Building = at =>
                {
                    if (at == 3 && isFull)
                        throw new IOException("No space left on device : '/x'");
                },
            }
        );
        var ended = Shard(series, "1/2", "cut");
        Assert.Equal(
            (ExitCode.DoesNotHold, "iommusim: the review ended at mine/03: No space left on device\n"),
            (ended.Exit, ended.Error)
        );
        Assert.Contains(
            "cut: the same command goes on",
            ended.Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal
        );
        Assert.Equal(2, File.ReadAllLines(FileOf("cut", "1-of-2")).Length);
        Assert.Contains(
            "is not through: 1 of 3 items",
            Cli.Run("merge", _folder["cut"]).Error,
            StringComparison.Ordinal
        );
        isFull = false;
        Shard(series, "1/2", "cut");
        Shard(series, "1/2", "whole");
        Assert.Equal(_folder.FilesOf("whole"), _folder.FilesOf("cut"));
    }

    [Fact]
    public void Shard_Interrupted_IsCut()
    {
        using var interrupt = new CancellationTokenSource();
        var series = Kept(
            new ScratchSeries(s_kernels)
            {
                Building = at =>
                {
                    if (at == 2)
                        interrupt.Cancel();
                },
                Interrupt = interrupt.Token,
            }
        );
        var ended = Shard(series, "1/1", "cut");
        Assert.Equal("iommusim: the review ended at mine/02: interrupted\n", ended.Error);
        Assert.Equal((ExitCode.DoesNotHold, 2), (ended.Exit, File.ReadAllLines(FileOf("cut", "1-of-1")).Length));
    }

    [Fact]
    public void Merge_LineWithoutARecord_IsRefused()
    {
        Shard(Series(ScratchSeries.Sound), "1/1", "shards");
        var path = FileOf("shards", "1-of-1");
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[1].Replace("\"release\"", "\"relase\"", StringComparison.Ordinal)]);
        AssertRefused("item 0, mine/01, has no record of what was reviewed", "shards");
    }

    /// <summary>Kernels made of C have what the modelled ones of these tests do not.</summary>
    [Fact]
    public void Record_PictureAndReports_AreReadAsTheyWereWritten()
    {
        var report = new KernelReport(ReportKind.UseAfterFree, "f", "of <&> freed memory", "P0", Fatal: true)
        {
            Inlined = ["g"],
        };
        var finding = new ReviewFinding(ReviewKind.Report, report.Title, "\"é\"\n", "")
        {
            Picture = new ObjectPicture([new(1, "an IOAS", 2), new(2, "a device", 1)], [new(1, 0)]),
        };
        var searched = new SearchedCommit([], [], [finding], [], new ReviewEffort { Schedules = 3 });
        var written = new ReviewRecord(
            "7.3.4",
            new ReviewEntry("mine/01", new SeriesCommit("a", "b", ["c:1"], []), [new("d", true)], ["e"], searched),
            new Alternatives(["base"], 1, 2, [new AlternativeRow("mock", "0", [new AlternativeAnswer("OK", [report])])])
        );
        var text = JsonSerializer.Serialize(written, ReviewRecordJson.Lines.ReviewRecord);
        var read = JsonSerializer.Deserialize(text, ReviewRecordJson.Lines.ReviewRecord)!;

        Assert.Equal(text, JsonSerializer.Serialize(read, ReviewRecordJson.Lines.ReviewRecord));
        var again = read.Entry!.Searched!.Reports[0];
        Assert.Equal(finding.Picture.Holds, again.Picture!.Holds);
        Assert.Equal((finding.Detail, 3L), (again.Detail, read.Entry.Searched.Effort.Schedules));
        Assert.True(read.Alternatives!.Rows[0].Answers[0].Reports[0].IsTitled((report with { Function = "g" }).Title));
    }

    [Fact]
    public void Merge_MissingShard_IsRefused()
    {
        Shard(Series(ScratchSeries.Sound, ScratchSeries.Sound), "1/2", "shards");
        AssertRefused("shard 2/2 is missing", "shards");
    }

    [Fact]
    public void Merge_SameShardTwice_IsRefused()
    {
        var series = Series(ScratchSeries.Sound, ScratchSeries.Sound);
        Shard(series, "1/2", "b");
        Shard(series, "2/2", "b");
        Directory.CreateDirectory(_folder["a"]);
        File.Copy(FileOf("b", "1-of-2"), FileOf("a", "1-of-2"));
        AssertRefused($"shard 1/2 is there twice: '{FileOf("a", "1-of-2")}' and '{FileOf("b", "1-of-2")}'", "a", "b");
    }

    [Theory]
    [InlineData("its series is 'base~0..HEAD' with hash ", "base~0..HEAD")]
    [InlineData("its budget is ", ScratchSeries.Range, "--confirm")]
    [InlineData(
        "its scenario is 'scenarios/bugs/p19-a-loss-takes-no-sequence-number.scenario' with hash ",
        ScratchSeries.Range,
        Scenarios
    )]
    [InlineData("its patch is 'mine/02+other' with hash ", ScratchSeries.Range, "--with", "mine/02:other.patch")]
    public void Merge_ShardOfAnotherReview_IsRefused(string difference, string range, params string[] more)
    {
        var series = Series(ScratchSeries.Sound, ScratchSeries.Sound);
        string[] with = more is ["--with", ..] ? ["--with", $"mine/02:{PatchOf("idea")}"] : [];
        Shard(series, "1/2", "a", with);
        more = more switch
        {
            ["--with", ..] => ["--with", $"mine/02:{PatchOf("other")}"],
            [Scenarios] => [Scenarios, "scenarios/bugs/p19-a-loss-takes-no-sequence-number.scenario"],
            _ => more,
        };
        RunOn(series, [range, "--shard", "2/2", "--out", _folder["b"], .. more]);
        var refused = Cli.Run("merge", _folder["a"], _folder["b"]);
        Assert.Equal((ExitCode.BadInput, ""), (refused.Exit, refused.Output));
        Assert.Contains($"is of another campaign than '{FileOf("a", "1-of-2")}': {difference}", refused.Error);
        Assert.Single(refused.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Merge_ShardOfAnotherCommit_IsRefused()
    {
        Shard(Series(ScratchSeries.Sound, ScratchSeries.Sound), "1/2", "a");
        Shard(Series(ScratchSeries.Sound, ScratchSeries.Leaks), "2/2", "b");
        var refused = Cli.Run("merge", _folder["a"], _folder["b"]);
        Assert.Contains("its commit is 'mine/02' with hash ", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, refused.Exit);
    }

    [Fact]
    public void Shard_FolderOfAnotherReview_IsRefused()
    {
        var series = Series(ScratchSeries.Sound);
        Shard(series, "1/1", "a");
        var refused = Assert.Throws<CampaignException>(() => Shard(series, "1/1", "a", "--depth", "normal"));
        Assert.EndsWith("give another --out", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_FormatOfAReviewForAnotherCampaign_IsRefused()
    {
        Cli.Run("fuzz", "--kernel", "linux-7.3/fixed", "--steps", "1", "--shard", "1/1", "--out", _folder["a"]);
        var refused = Cli.Run("merge", _folder["a"], "--format", "mail");
        Assert.Equal(
            "iommusim: --format mail is for a review; a campaign of 'fuzz' is printed as text, json or markdown\n",
            refused.Error
        );
        Assert.Equal(ExitCode.BadInput, refused.Exit);
    }

    private string[] Alternatives =>
        [
            .. (string[])["--with", $"mine/02:{PatchOf("idea")}"],
            .. (string[])["--with", $"base:{PatchOf("other")}"],
            .. (string[])["--with", PatchOf("refused")],
        ];

    private ScratchSeries Series(params string[] kernels) =>
        Kept(
            new ScratchSeries(kernels)
            {
                Patched = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["mine/02+idea"] = ScratchSeries.Leaks,
                    ["mine/02+other"] = ScratchSeries.Sound,
                    ["base+other"] = ScratchSeries.Broken,
                },
            }
        );

    private ScratchSeries Kept(ScratchSeries series)
    {
        _series.Add(series);
        return series;
    }

    private string PatchOf(string name) => _folder[$"{name}.patch"];

    private string FileOf(string name, string shard) => Path.Combine(_folder[name], $"shard-{shard}.jsonl");

    private CliResult Shard(ScratchSeries series, string shard, string name, params string[] more) =>
        Review(series, ["--shard", shard, "--out", _folder[name], .. more]);

    private static CliResult Review(ScratchSeries series, params string[] more) =>
        RunOn(series, [ScratchSeries.Range, .. more]);

    private static CliResult RunOn(ScratchSeries series, string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var settings = new ConsoleSettings(ConsoleSettings.DefaultWidth, false, false, TimeProvider.System)
        {
            Interrupts = () => series.Interrupt,
        };
        var command = ReviewCommand.Create(new CommandContext(output, error, settings), _ => series);
        string[] depth = words.Contains("--depth") ? [] : ["--depth", "quick"];
        string[] scenarios = words.Contains(Scenarios) ? [] : [Scenarios, Scenario];
        var exit = command
            .Parse([.. words, "--tree", series.Folder, .. depth, .. scenarios])
            .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        return new CliResult(exit, output.ToString(), error.ToString());
    }

    private void AssertRefused(string sentence, params string[] folders)
    {
        var refused = Cli.Run(["merge", .. folders.Select(name => _folder[name])]);
        Assert.Equal((ExitCode.BadInput, "", $"iommusim: {sentence}\n"), (refused.Exit, refused.Output, refused.Error));
    }
}
