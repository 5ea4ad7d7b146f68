using IommuSim.Benchmarks.Measuring;
using IommuSim.Benchmarks.Report;

namespace IommuSim.Benchmarks.Tests;

public sealed class RankingTests
{
    [Fact]
    public void Of_DisjointInEveryPass_ARankEach() =>
        Assert.Equal(
            [
                ["fast"],
                ["slow"],
            ],
            Ranking.Of([
                [Of("slow", 20), Of("fast", 10)],
                [Of("slow", 21), Of("fast", 11)],
            ])
        );

    [Fact]
    public void Of_OneDisorderlyPass_IsATie() =>
        Assert.Equal(
            [
                ["a", "b"],
            ],
            Ranking.Of([
                [Of("a", 10), Of("b", 20)],
                [Of("a", 19), Of("b", 18)],
            ])
        );

    [Fact]
    public void Of_LessThanATenth_IsATie() =>
        Assert.Equal(
            [
                ["a", "b"],
            ],
            Ranking.Of([
                [Of("a", 10), Of("b", 10.9)],
            ])
        );

    [Fact]
    public void Of_IntervalsThatMeet_IsATie() =>
        Assert.Equal(
            [
                ["a", "b"],
            ],
            Ranking.Of([
                [Of("a", 9, 10, 30), Of("b", 9, 20, 30)],
            ])
        );

    /// <summary>What ties with one of a rank is on it, even when it could be told from another.</summary>
    [Fact]
    public void Of_AChainOfTies_IsOneRank() =>
        Assert.Equal(
            [
                ["a", "b", "c"],
            ],
            Ranking.Of([
                [Of("a", 10), Of("b", 10.8), Of("c", 11.5)],
            ])
        );

    private static Measurement Of(string name, params double[] values) =>
        new(name, new Sample(values), new Sample([1]), 0);
}
