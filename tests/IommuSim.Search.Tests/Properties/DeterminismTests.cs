using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>A seed stands for one sequence, whatever was run before it and on which part.</summary>
public sealed class DeterminismTests
{
    private const int Sequences = 200;

    [Theory]
    [InlineData("linux-7.3")]
    [InlineData("linux-6.8")]
    [InlineData("v1/smmuv3")]
    public void Run_SameSeed_DrawsAndFindsTheSame(string kernel)
    {
        var target = Searched.Target(kernel);
        var one = new Fuzzer(target);
        var other = new Fuzzer(Searched.Target(kernel));
        other.Run(12345);
        for (ulong seed = 1; seed <= Sequences; seed++)
        {
            var first = one.Run(seed);
            var state = one.Executor.Fingerprint;
            var second = other.Run(seed);
            Assert.Equal(first.Title, second.Title);
            Assert.Equal(first.Detail, second.Detail);
            Assert.Equal(state, other.Executor.Fingerprint);
            Assert.Equal(Searched.Text(target, first.Sequence), Searched.Text(target, second.Sequence));
        }
    }

    [Theory]
    [InlineData("linux-7.3")]
    [InlineData("linux-6.8")]
    [InlineData("v1/smmuv3")]
    public void DrawClean_SameSeed_DrawsTheSame(string kernel)
    {
        var target = Searched.Target(kernel);
        var one = new Fuzzer(target);
        var other = new Fuzzer(Searched.Target(kernel));
        for (ulong seed = 1; seed <= Sequences; seed++)
            Assert.Equal(Searched.Text(target, one.DrawClean(seed)), Searched.Text(target, other.DrawClean(seed)));
    }

    [Fact]
    public void Run_OneProcessorAndThree_FindAndCountTheSame()
    {
        var target = Searched.Target("v1/smmuv3");
        var one = new FuzzCampaign(target, new FuzzOptions(3, 3 * Sequences), processors: 1);
        var three = new FuzzCampaign(target, new FuzzOptions(3, 3 * Sequences), processors: 3);
        one.Run(static _ => true);
        three.Run(static _ => true);
        Assert.Equal(Counts(one), Counts(three));
        Assert.Equal(
            one.Findings.Select(f => (f.AtSequence, f.Scenario)),
            three.Findings.Select(f => (f.AtSequence, f.Scenario))
        );
        Assert.Equal(one.Calls, three.Calls);
        Assert.Equal(one.DistinctStates, three.DistinctStates);
        Assert.Equal(Outcomes(one), Outcomes(three));
    }

    private static IEnumerable<string> Outcomes(FuzzCampaign campaign) =>
        campaign.Reach.Select(r => $"{r.Call}: {r.Successes}, {string.Join(' ', r.Failures)}");

    private static string[] Counts(params FuzzCampaign[] campaigns) =>
        [
            .. campaigns
                .SelectMany(c => c.Findings)
                .GroupBy(f => f.Finding.Title, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Key}: {g.Sum(f => f.Count)}"),
        ];
}
