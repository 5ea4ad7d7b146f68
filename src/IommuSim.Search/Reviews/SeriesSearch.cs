using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Reviews;

/// <summary>
/// Searches the commits of a series. What it sees of one depends on the kernels that it is given and on nothing that
/// was searched before: what scenarios come to on a kernel is kept, so as not to run them again.
/// </summary>
/// <param name="first">The kernel before the first commit.</param>
/// <param name="scenarios">Those that are run on every kernel.</param>
/// <param name="goOn">Told what is done; false ends the search, and what was found stays.</param>
internal sealed class SeriesSearch(
    SearchTarget first,
    IReadOnlyList<BoundScenario> scenarios,
    ReviewDepth depth,
    Func<string, bool> goOn
)
{
    private readonly Dictionary<SearchTarget, ScenarioResults> _results = [];

    /// <summary>Searches the kernel of a commit or of a variant.</summary>
    /// <param name="before">The kernel that it is compared with.</param>
    public CommitSearch Search(string beforeName, SearchTarget before, string name, SearchTarget now)
    {
        var search = new CommitSearch(first, before, now, depth, what => goOn($"{name}: {what}"));
        var old = ResultsOf(beforeName, before);
        search.Run(old, old is null ? null : ResultsOf(name, now));
        // In the order of the series the next is compared with one of these two.
        foreach (var other in _results.Keys.Except([before, now]).ToArray())
            _results.Remove(other);
        return search;
    }

    /// <summary>Null where they were ended early.</summary>
    private ScenarioResults? ResultsOf(string name, SearchTarget kernel)
    {
        if (_results.TryGetValue(kernel, out var known))
            return known;
        var results = ScenarioResults.Of(kernel, scenarios, what => goOn($"{name}: {what}"));
        if (results is not null)
            _results.Add(kernel, results);
        return results;
    }
}
