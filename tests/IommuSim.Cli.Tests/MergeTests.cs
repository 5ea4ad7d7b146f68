namespace IommuSim.Cli.Tests;

/// <summary>What <c>merge</c> and a shard refuse: exit status 2 and one sentence.</summary>
public sealed class MergeTests
{
    private const string Fuzz = "fuzz --kernel v1/08 --steps 1500 --seed 1";

    [Fact]
    public void Merge_MissingShard_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/3", folder["a"]);
        Run(Fuzz, "3/3", folder["a"]);
        AssertRefused("shard 2/3 is missing", "merge", folder["a"]);
    }

    [Fact]
    public void Merge_MissingShards_AreCounted()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "2/3", folder["a"]);
        AssertRefused("2 of 3 shards are missing, the first is 1/3", "merge", folder["a"]);
    }

    [Fact]
    public void Merge_SameShardTwice_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        Run(Fuzz, "1/2", folder["b"]);
        Run(Fuzz, "2/2", folder["b"]);
        AssertRefused(
            $"shard 1/2 is there twice: '{FileOf(folder, "a", "1-of-2")}' and '{FileOf(folder, "b", "1-of-2")}'",
            "merge",
            folder["a"],
            folder["b"]
        );
    }

    [Fact]
    public void Merge_UnfinishedShard_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        Run(Fuzz, "2/2", folder["a"]);
        var path = FileOf(folder, "a", "1-of-2");
        File.WriteAllLines(path, File.ReadAllLines(path)[..^1]);
        AssertRefused($"'{path}' is not through: 1 of 2 items; run the shard again, it goes on", "merge", folder["a"]);
    }

    [Theory]
    [InlineData("fuzz --kernel v1/08 --steps 1500 --seed 2", "2/2", "its seed is 2, not 1")]
    [InlineData(
        "fuzz --kernel v1/08 --steps 1000 --seed 1",
        "2/2",
        "its budget is chunk 500, sequences 1000, not chunk 500, sequences 1500"
    )]
    [InlineData(Fuzz, "2/3", "it is one of 3 shards, not of 2")]
    [InlineData("fuzz --kernel v1/07 --steps 1500 --seed 1", "2/2", "its kernel is 'v1/07' with hash ")]
    [InlineData("hunt --kernel bugs/A26-ucmd-buffer-too-small", "2/2", "it is a campaign of 'hunt', not of 'fuzz'")]
    public void Merge_ForeignShard_IsRefused(string other, string shard, string difference)
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        Run(other, shard, folder["b"]);
        var result = Cli.Run("merge", folder["a"], folder["b"]);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains("is of another campaign than", result.Error, StringComparison.Ordinal);
        Assert.Contains($": {difference}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("\"tool\":\"", "its tool hash is 0000")]
    [InlineData("\"hash\":\"", "its kernel is 'v1/08' with hash 0000")]
    public void Merge_ShardOfAnotherHash_IsRefused(string field, string difference)
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        Run(Fuzz, "2/2", folder["a"]);
        var path = FileOf(folder, "a", "2-of-2");
        var text = File.ReadAllText(path);
        var at = text.IndexOf(field, StringComparison.Ordinal) + field.Length;
        File.WriteAllText(path, $"{text[..at]}0000{text[(at + 4)..]}");
        var result = Cli.Run("merge", folder["a"]);
        Assert.Equal(ExitCode.BadInput, result.Exit);
        Assert.Contains(difference, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Merge_LineThatIsNone_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/1", folder["a"]);
        var path = FileOf(folder, "a", "1-of-1");
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], "{}", .. lines[2..]]);
        AssertRefused($"'{path}', line 2: this is no line of a campaign", "merge", folder["a"]);
    }

    [Fact]
    public void Merge_ItemLeftOutInTheMiddle_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/1", folder["a"]);
        var path = FileOf(folder, "a", "1-of-1");
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[1], lines[3]]);
        AssertRefused($"'{path}', line 3: item 2 is not the next of 1/1", "merge", folder["a"]);
    }

    [Fact]
    public void Merge_FolderWithoutShards_IsRefused()
    {
        using var folder = new CampaignFolder();
        AssertRefused(
            $"there is no shard in '{folder["none"]}': expected files shard-K-of-N.jsonl",
            "merge",
            folder["none"]
        );
    }

    [Fact]
    public void Merge_OutIsAFolderOfShards_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/1", folder["a"]);
        AssertRefused(
            $"'{FileOf(folder, "a", "1-of-1")}' is there; give --out a folder without shards",
            "merge",
            folder["a"],
            "--out",
            folder["a"]
        );
    }

    /// <summary>A job of an array that is submitted again alone takes itself for the whole.</summary>
    [Fact]
    public void Shard_FolderHasShardsOfAnotherCampaign_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        AssertRefused(
            $"'{FileOf(folder, "a", "1-of-2")}' is of another campaign: it is one of 2 shards, not of 1; give another --out",
            [.. Fuzz.Split(' '), "--shard", "1/1", "--out", folder["a"]]
        );
    }

    [Fact]
    public void Shard_AnotherJobWritesIt_IsRefused()
    {
        using var folder = new CampaignFolder();
        Run(Fuzz, "1/2", folder["a"]);
        var path = FileOf(folder, "a", "1-of-2");
        using var other = new FileStream(path + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        AssertRefused(
            $"'{path}' is being written by another job",
            [.. Fuzz.Split(' '), "--shard", "1/2", "--out", folder["a"]]
        );
    }

    private static string FileOf(CampaignFolder folder, string name, string shard) =>
        Path.Combine(folder[name], $"shard-{shard}.jsonl");

    private static void Run(string command, string shard, string folder) =>
        Assert.Equal("", Cli.Run([.. command.Split(' '), "--shard", shard, "--out", folder]).Error);

    private static void AssertRefused(string sentence, params string[] words)
    {
        var result = Cli.Run(words);
        Assert.Equal($"iommusim: {sentence}\n", result.Error);
        Assert.Equal((ExitCode.BadInput, ""), (result.Exit, result.Output));
    }
}
