using System.Text.Json.Nodes;

namespace IommuSim.Cli.Tests;

/// <summary>Shards that are merged are what one job gives, and what the search gives without a campaign.</summary>
public sealed class CampaignTests
{
    private const string Bug = "bugs/A05-replace-unattached";

    /// <summary>Command lines of campaigns, and whether they find something.</summary>
    public static TheoryData<string, int> Campaigns =>
        new()
        {
            { $"fuzz --kernel {Bug} --steps 2600 --seed 7", ExitCode.Found },
            { "fuzz --kernel v1/smmuv3 --steps 1700", ExitCode.Found },
            { "fuzz --kernel linux-7.3/fixed --steps 1200", ExitCode.Holds },
            { "fuzz --kernel linux-6.8 --against linux-6.7 --steps 1200", ExitCode.Found },
            { "explore scenarios/explore/destroy-against-unbind.scenario", ExitCode.Holds },
            { $"explore {Cli.Input("not-allowed.scenario")}", ExitCode.Found },
            { "hunt --kernel bugs/A13-abba-igroup-vs-ioas-mutex --kernel bugs/A05-replace-unattached", ExitCode.Holds },
        };

    [Theory]
    [MemberData(nameof(Campaigns))]
    public void Merge_ThreeShards_IsByteForByteOneJob(string command, int exit)
    {
        using var folder = new CampaignFolder();
        var one = Run(command, "1/1", folder["one"]);
        Assert.Equal((exit, ""), (one.Exit, one.Error));
        foreach (var shard in (string[])["2/3", "1/3", "3/3"])
            Assert.Equal("", Run(command, shard, folder["shards"]).Error);
        var merged = Cli.Run("merge", folder["shards"], "--out", folder["merged"]);
        Assert.Equal((exit, one.Output, ""), (merged.Exit, merged.Output, merged.Error));
        Assert.Equal(folder.FilesOf("one"), folder.FilesOf("merged"));
        Assert.Contains("result.json", folder.FilesOf("one").Keys);
        Assert.DoesNotContain("result.json", folder.FilesOf("shards").Keys);
    }

    [Fact]
    public void Merge_TwoFolders_IsByteForByteOneJob()
    {
        using var folder = new CampaignFolder();
        var one = RunFuzz(folder, "1/1", "one");
        RunFuzz(folder, "1/2", "a");
        RunFuzz(folder, "2/2", "b");
        Assert.Equal(one.Output, Cli.Run("merge", folder["b"], folder["a"], "--out", folder["merged"]).Output);
        Assert.Equal(folder.FilesOf("one"), folder.FilesOf("merged"));
        Assert.Equal(one.Output, Cli.Run("merge", folder["merged"]).Output);
    }

    [Fact]
    public void Merge_SameSignatureInTwoShards_KeepsTheLowestItem()
    {
        using var folder = new CampaignFolder();
        RunFuzz(folder, "1/2", "shards");
        RunFuzz(folder, "2/2", "shards");
        var result = Cli.Run("merge", folder["shards"], "--format", "json").Output;
        Assert.Contains("\"at\": \"sequences 1 to 500\"", result, StringComparison.Ordinal);
        Assert.Contains("--seed 30 --steps 1", result, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public void Run_FileThatWasCutInALine_GoesOnAfterTheLastWholeLine(int kept)
    {
        using var folder = new CampaignFolder();
        RunFuzz(folder, "1/2", "whole");
        RunFuzz(folder, "1/2", "cut");
        var path = Path.Combine(folder["cut"], "shard-1-of-2.jsonl");
        var lines = File.ReadAllLines(path);
        File.WriteAllText(path, $"{lines[0]}\n{lines[1]}\n{lines[2][..kept]}");
        var result = RunFuzz(folder, "1/2", "cut");
        Assert.Contains("1 item of an earlier job not run again", result.Output, StringComparison.Ordinal);
        Assert.Equal(folder.FilesOf("whole"), folder.FilesOf("cut"));
    }

    [Fact]
    public void Run_FileThatWasCutInItsHead_StartsAgain()
    {
        using var folder = new CampaignFolder();
        RunFuzz(folder, "1/2", "whole");
        Directory.CreateDirectory(folder["cut"]);
        File.WriteAllText(Path.Combine(folder["cut"], "shard-1-of-2.jsonl"), "{\"campaign\":\"fu");
        Assert.Equal((ExitCode.Found, ""), StatusOf(RunFuzz(folder, "1/2", "cut")));
        Assert.Equal(folder.FilesOf("whole"), folder.FilesOf("cut"));
    }

    [Fact]
    public void Run_ShardThatIsThrough_DoesNothingAndHasTheSameStatus()
    {
        using var folder = new CampaignFolder();
        RunFuzz(folder, "1/2", "shards");
        var before = folder.FilesOf("shards");
        var again = RunFuzz(folder, "1/2", "shards");
        Assert.Equal((ExitCode.Found, ""), StatusOf(again));
        Assert.Contains("2 items of an earlier job not run again", again.Output, StringComparison.Ordinal);
        Assert.Equal(before, folder.FilesOf("shards"));
    }

    [Fact]
    public void Run_Cut_SaysSoAndMergeRefuses()
    {
        using var folder = new CampaignFolder();
        string[] words = ["fuzz", "--kernel", Bug, "--steps", "2000", "--shard", "1/1", "--out", folder["cut"]];
        var cut = Cli.RunTicking([.. words, "--time", "2s"]);
        Assert.Equal((ExitCode.DoesNotHold, ""), StatusOf(cut));
        Assert.Contains("cut: the same command goes on", cut.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("result.json", folder.FilesOf("cut").Keys);
        var merged = Cli.Run("merge", folder["cut"]);
        Assert.Contains("shard-1-of-1.jsonl' is not through: ", merged.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, merged.Exit);
        Assert.Equal(ExitCode.Found, Cli.Run(words).Exit);
    }

    [Theory]
    [InlineData("linux-7.3", "")]
    [InlineData("linux-6.8", "--against linux-6.7")]
    public void Fuzz_Campaign_FindsWhatOneSearchFinds(string kernel, string more)
    {
        using var folder = new CampaignFolder();
        string[] words = ["fuzz", "--kernel", kernel, "--steps", "1200", .. more.Split(' ').Where(w => w.Length > 0)];
        string[] json = ["--format", "json"];
        var plain = JsonNode.Parse(Cli.Run([.. words, .. json]).Output)!;
        var campaign = Cli.Run([.. words, .. json, "--shard", "1/1", "--out", folder["a"]]);
        var found = plain[more.Length > 0 ? "differences" : "findings"]!.AsArray();
        Assert.NotEmpty(found);
        Assert.Equal(
            found.Select(f => $"{f!["title"]} {f["count"]} {f["replay"]}\n{f["detail"]}\n{f["scenario"]}"),
            JsonNode.Parse(campaign.Output)!["findings"]!
                .AsArray()
                .Select(f => (Found: f!, Evidence: f!["evidence"]!))
                .Select(f =>
                    $"{f.Found["signature"]} {f.Found["count"]} {f.Found["replay"]}\n"
                    + $"{f.Evidence["detail"]}\n{f.Evidence["scenario"]}"
                )
        );
    }

    [Fact]
    public void Hunt_Campaign_HasTheRowsOfOneHunt()
    {
        using var folder = new CampaignFolder();
        string[] words = ["hunt", "--kernel", Bug, "--kernel", "bugs/A02-put-vs-free", "--format", "json"];
        var plain = JsonNode.Parse(Cli.Run(words).Output)!;
        var campaign = JsonNode.Parse(Cli.Run([.. words, "--shard", "1/1", "--out", folder["a"]]).Output)!;
        Assert.Equal(
            plain["rows"]!.AsArray().Select(r => $"{r!["kernel"]} {r["title"]} {r["needed"]} {r["replay"]}"),
            campaign["rows"]!.AsArray().Select(r => $"{r![0]} {r[1]} {r[2]} {r[5]}")
        );
    }

    [Fact]
    public void Fuzz_WithoutAShard_KeepsItsStatuses()
    {
        Assert.Equal(ExitCode.DoesNotHold, Cli.Run("fuzz", "--kernel", Bug, "--steps", "300").Exit);
        Assert.Equal(ExitCode.Holds, Cli.Run("fuzz", "--kernel", "linux-7.3/fixed", "--steps", "100").Exit);
    }

    [Fact]
    public void Fuzz_AnotherBuild_IsInTheReplay()
    {
        const string Build = $"{Bug},CONFIG_IOMMUFD_NOIOMMU=y";

        var found = Cli.Run("fuzz", "--kernel", Build, "--steps", "2000", "--format", "json");
        var refused = Cli.Run("fuzz", "--kernel", "linux-7.3,gcc=O1", "--steps", "1");

        Assert.Equal(ExitCode.DoesNotHold, found.Exit);
        Assert.Contains($"iommusim fuzz --kernel {Build} --seed ", found.Output, StringComparison.Ordinal);
        Assert.Contains("config: CONFIG_IOMMUFD_NOIOMMU=y\\n", found.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, refused.Exit);
        Assert.Equal("iommusim: 'O1' is no value of gcc; expected O2 or O0\n", refused.Error);
    }

    /// <summary>While another job writes its shard, a job reads which campaign the folder is of.</summary>
    [Fact]
    public void Run_AnotherShardIsBeingWritten_RunsBesideIt()
    {
        using var folder = new CampaignFolder();
        RunFuzz(folder, "1/2", "shards");
        var path = Path.Combine(folder["shards"], "shard-1-of-2.jsonl");
        using var other = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal((ExitCode.Found, ""), StatusOf(RunFuzz(folder, "2/2", "shards")));
    }

    private static CliResult RunFuzz(CampaignFolder folder, string shard, string name) =>
        Run($"fuzz --kernel {Bug} --steps 2000", shard, folder[name]);

    private static CliResult Run(string command, string shard, string folder) =>
        Cli.Run([.. command.Split(' '), "--shard", shard, "--out", folder]);

    private static (int, string) StatusOf(CliResult result) => (result.Exit, result.Error);
}
