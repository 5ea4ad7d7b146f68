namespace IommuSim.Cli.Tests;

/// <summary>The shard of a job, stated or from the environment of its runner.</summary>
public sealed class ShardTests
{
    private const string Everything =
        "SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, CI_NODE_INDEX, TEST_SHARD_INDEX, GTEST_SHARD_INDEX, HQ_TASK_ID";

    [Theory]
    [InlineData("1/4", "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4")]
    [InlineData("4/4", "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3")]
    [InlineData("1/4", "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=4")]
    [InlineData("1/4", "JOB_COMPLETION_INDEX=0 IOMMUSIM_SHARDS=4")]
    [InlineData("4/4", "JOB_COMPLETION_INDEX=3 IOMMUSIM_SHARDS=4")]
    [InlineData("1/4", "CI_NODE_INDEX=1 CI_NODE_TOTAL=4")]
    [InlineData("4/4", "CI_NODE_INDEX=4 CI_NODE_TOTAL=4")]
    [InlineData("1/4", "TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=4")]
    [InlineData("3/4", "GTEST_SHARD_INDEX=2 GTEST_TOTAL_SHARDS=4")]
    [InlineData("1/4", "HQ_TASK_ID=1 IOMMUSIM_SHARDS=4")]
    [InlineData("3/4", "TEST_SHARD_INDEX=2 TEST_TOTAL_SHARDS=4 GTEST_SHARD_INDEX=2 GTEST_TOTAL_SHARDS=4")]
    [InlineData("2/4", "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=4 IOMMUSIM_SHARDS=4 CI_NODE_TOTAL=1")]
    public void Auto_EachRunner_NamesTheShard(string shard, string environment)
    {
        var result = Auto(environment);
        var first = environment.Split(' ');
        Assert.Equal($"iommusim: shard {shard}, named by {first[0]} and {first[1]}\n", result.Error);
        Assert.Contains($"shard {shard}: ", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Holds, result.Exit);
    }

    [Theory]
    [InlineData("", $"none of {Everything} is set; give --shard K/N")]
    [InlineData("CI_NODE_TOTAL=1", $"none of {Everything} is set; give --shard K/N")]
    [InlineData("SLURM_ARRAY_TASK_ID= SLURM_ARRAY_TASK_COUNT=", $"none of {Everything} is set; give --shard K/N")]
    [InlineData("SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_COUNT is not; set it to N")]
    [InlineData("JOB_COMPLETION_INDEX=0", "JOB_COMPLETION_INDEX is set and IOMMUSIM_SHARDS is not; set it to N")]
    [InlineData("HQ_TASK_ID=1", "HQ_TASK_ID is set and IOMMUSIM_SHARDS is not; set it to N")]
    [InlineData("TEST_SHARD_INDEX=4 TEST_TOTAL_SHARDS=4", "TEST_SHARD_INDEX is 4: expected a number from 0 to 3")]
    [InlineData("CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "CI_NODE_INDEX is 0: expected a number from 1 to 4")]
    [InlineData("CI_NODE_INDEX=1 CI_NODE_TOTAL=0", "CI_NODE_TOTAL is '0': expected a number from 1")]
    [InlineData("CI_NODE_INDEX=x CI_NODE_TOTAL=4", "CI_NODE_INDEX is 'x': expected a whole number")]
    [InlineData("CI_NODE_INDEX=1 CI_NODE_TOTAL=-4", "CI_NODE_TOTAL is '-4': expected a whole number")]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7",
        "the Slurm array has 3 tasks from 0 to 7; give it numbers without gaps, or --shard K/N"
    )]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 CI_NODE_INDEX=2 CI_NODE_TOTAL=4",
        "SLURM_ARRAY_TASK_ID=0 and SLURM_ARRAY_TASK_COUNT=4 name shard 1/4, "
            + "and CI_NODE_INDEX=2 and CI_NODE_TOTAL=4 shard 2/4; give --shard K/N"
    )]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=3 IOMMUSIM_SHARDS=8",
        "SLURM_ARRAY_TASK_ID=3 and SLURM_ARRAY_TASK_COUNT=1 name one of 1 shards, and IOMMUSIM_SHARDS says 8"
    )]
    public void Auto_NothingOrHalfOrWrong_IsOneSentence(string environment, string sentence)
    {
        var result = Auto(environment);
        Assert.Equal($"iommusim: --shard auto: {sentence}\n", result.Error);
        Assert.Equal((ExitCode.BadInput, ""), (result.Exit, result.Output));
    }

    [Fact]
    public void Shard_Stated_DoesNotLookAtTheEnvironment()
    {
        using var folder = new CampaignFolder();
        var result = Cli.RunWith(Variables("CI_NODE_INDEX=2 CI_NODE_TOTAL=2"), Words("3/4", folder["a"]));
        Assert.Equal("", result.Error);
        Assert.Contains("shard 3/4: ", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_Bazel_IsToldThatShardsAreKnown()
    {
        using var folder = new CampaignFolder();
        Directory.CreateDirectory(folder["bazel"]);
        var status = Path.Combine(folder["bazel"], "status");
        Auto($"TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=4 TEST_SHARD_STATUS_FILE={status}");
        Assert.True(File.Exists(status));
    }

    [Theory]
    [InlineData("0/4")]
    [InlineData("5/4")]
    [InlineData("1/0")]
    [InlineData("1")]
    [InlineData("1/2/3")]
    [InlineData("-1/4")]
    [InlineData("a/b")]
    [InlineData("")]
    public void Shard_NoShard_IsOneSentence(string text)
    {
        using var folder = new CampaignFolder();
        var result = Cli.Run(Words(text, folder["a"]));
        Assert.Equal(
            $"iommusim: '{text}' is no shard: expected K/N with K from 1 to N, for example 1/4, or auto\n",
            result.Error
        );
        Assert.Equal(ExitCode.BadInput, result.Exit);
    }

    [Theory]
    [InlineData("fuzz --kernel base --shard 1/2", "--shard needs --out FOLDER, where the campaign is kept")]
    [InlineData(
        "fuzz --kernel base --shard 1/2 --out x --reach",
        "--reach counts the calls of one process; leave out --shard"
    )]
    [InlineData("hunt --kernel base --replay fuzz:1 --shard 1/2", "--replay runs one search again; leave out --shard")]
    [InlineData("hunt --kernel base --out x", "--out keeps what one search finds; give --replay, or --shard")]
    [InlineData(
        "explore scenarios/explore/destroy-against-unbind.scenario --replay s:0 --shard 1/2",
        "--replay runs one search again; leave out --shard"
    )]
    [InlineData(
        "explore scenarios/explore/destroy-against-unbind.scenario --out x",
        "--out keeps a campaign of many jobs; give --shard K/N"
    )]
    public void Shard_OptionsThatDoNotFit_AreOneSentence(string command, string sentence)
    {
        var result = Cli.Run(command.Split(' '));
        Assert.Equal($"iommusim: {sentence}\n", result.Error);
        Assert.Equal((ExitCode.BadInput, ""), (result.Exit, result.Output));
    }

    /// <summary>A campaign of one item, which is another shard's unless the first is asked for.</summary>
    private static string[] Words(string shard, string folder) =>
        ["fuzz", "--kernel", "linux-7.3/fixed", "--steps", "1", "--shard", shard, "--out", folder];

    private static CliResult Auto(string environment)
    {
        using var folder = new CampaignFolder();
        return Cli.RunWith(Variables(environment), Words("auto", folder["a"]));
    }

    private static Dictionary<string, string> Variables(string environment) =>
        environment
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(v => v.Split('='))
            .ToDictionary(v => v[0], v => v[1], StringComparer.Ordinal);
}
