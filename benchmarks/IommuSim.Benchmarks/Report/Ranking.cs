using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Report;

/// <summary>
/// The designs by what they cost, those that cannot be told apart on one rank. Two can be told apart when in
/// every pass their intervals do not meet and their medians differ by a tenth.
/// </summary>
public static class Ranking
{
    private const double Margin = 1.1;

    /// <param name="passes">The same designs in the same order, measured again and again.</param>
    /// <returns>The ranks, the cheapest first, each with the names that share it in their order.</returns>
    public static IReadOnlyList<IReadOnlyList<string>> Of(IReadOnlyList<IReadOnlyList<Measurement>> passes)
    {
        var order = Enumerable
            .Range(0, passes[0].Count)
            .OrderBy(i => passes.Average(pass => pass[i].Ns.Median))
            .ToArray();
        var ranks = new List<List<int>>();
        foreach (var design in order)
        {
            if (ranks.Count > 0 && ranks[^1].Exists(other => !IsBelow(passes, other, design)))
                ranks[^1].Add(design);
            else
                ranks.Add([design]);
        }

        return [.. ranks.Select(rank => rank.Order().Select(i => passes[0][i].Name).ToArray())];
    }

    private static bool IsBelow(IReadOnlyList<IReadOnlyList<Measurement>> passes, int one, int other) =>
        passes.All(pass =>
            pass[one].Ns.High < pass[other].Ns.Low && pass[one].Ns.Median * Margin < pass[other].Ns.Median
        );
}
