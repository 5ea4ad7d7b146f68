using System.Globalization;

namespace IommuSim.Search.Campaigns;

/// <summary>
/// What the runners of many jobs tell each job in its environment. It is looked at only where a user asks for it: a
/// variable that is unset, or half of a pair, is an error and never the whole campaign, since then every job of a
/// runner that sets nothing would do all the work and look like a shard.
/// </summary>
internal static class ShardVariables
{
    /// <summary>How many shards there are, for runners that tell a job its number alone.</summary>
    public const string OurCount = "IOMMUSIM_SHARDS";

    private const string SlurmFirst = "SLURM_ARRAY_TASK_MIN";
    private const string SlurmLast = "SLURM_ARRAY_TASK_MAX";

    private static readonly Runner[] s_runners =
    [
        new("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", 0),
        new("JOB_COMPLETION_INDEX", OurCount, 0),
        new("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
        new("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0),
        new("GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0),
        new("HQ_TASK_ID", OurCount, 1),
    ];

    /// <summary>The shard that the environment names.</summary>
    /// <param name="variable">The value of a variable; null or empty where it is unset.</param>
    /// <param name="origin">The variables that name it, with their values.</param>
    /// <exception cref="CampaignException">None does, or they are incomplete, wrong or disagree.</exception>
    public static Shard Find(Func<string, string?> variable, out string origin)
    {
        var found = new List<(Shard Shard, string Origin)>();
        foreach (var runner in s_runners)
        {
            if (!string.IsNullOrEmpty(variable(runner.Index)))
                found.Add(ShardOf(runner, variable));
        }

        if (found.Count == 0)
        {
            var names = string.Join(", ", s_runners.Select(r => r.Index));
            throw new CampaignException($"--shard auto: none of {names} is set; give --shard K/N");
        }

        (var shard, origin) = found[0];
        foreach (var (other, otherOrigin) in found)
        {
            if (other != shard)
            {
                throw new CampaignException(
                    $"--shard auto: {origin} name shard {shard}, and {otherOrigin} shard {other}; give --shard K/N"
                );
            }
        }

        if (!string.IsNullOrEmpty(variable(OurCount)) && NumberOf(OurCount, variable) != shard.Count)
        {
            throw new CampaignException(
                $"--shard auto: {origin} name one of {shard.Count} shards, and {OurCount} says {variable(OurCount)}"
            );
        }

        return shard;
    }

    private static (Shard, string) ShardOf(Runner runner, Func<string, string?> variable)
    {
        var index = NumberOf(runner.Index, variable);
        if (string.IsNullOrEmpty(variable(runner.Count)))
            throw new CampaignException($"--shard auto: {runner.Index} is set and {runner.Count} is not; set it to N");
        var count = NumberOf(runner.Count, variable);
        if (count == 0)
            throw new CampaignException($"--shard auto: {runner.Count} is '0': expected a number from 1");
        var first = runner.First;
        if (runner.Index == "SLURM_ARRAY_TASK_ID" && !string.IsNullOrEmpty(variable(SlurmFirst)))
            first = FirstOfSlurm(count, variable);
        var shard = new Shard(index - first + 1, count);
        if (shard.Number < 1 || shard.Number > count)
        {
            throw new CampaignException(
                $"--shard auto: {runner.Index} is {index}: expected a number from {first} to {first + count - 1}"
            );
        }

        return (shard, $"{runner.Index}={index} and {runner.Count}={count}");
    }

    /// <summary>An array with gaps has no number for each shard.</summary>
    private static int FirstOfSlurm(int count, Func<string, string?> variable)
    {
        var first = NumberOf(SlurmFirst, variable);
        if (!string.IsNullOrEmpty(variable(SlurmLast)) && NumberOf(SlurmLast, variable) != first + count - 1)
        {
            throw new CampaignException(
                $"--shard auto: the Slurm array has {count} tasks from {first} to {variable(SlurmLast)}; "
                    + "give it numbers without gaps, or --shard K/N"
            );
        }

        return first;
    }

    private static int NumberOf(string name, Func<string, string?> variable) =>
        Shard.IsNumber(variable(name) ?? "", out var number)
            ? number
            : throw new CampaignException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--shard auto: {name} is '{variable(name)}': expected a whole number"
                )
            );

    /// <param name="Index">The variable with the number of the job.</param>
    /// <param name="Count">The variable with how many jobs there are.</param>
    /// <param name="First">The number of the first job.</param>
    private sealed record Runner(string Index, string Count, int First);
}
