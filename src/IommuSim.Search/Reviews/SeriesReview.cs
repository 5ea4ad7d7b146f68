using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Reviews;

/// <summary>
/// Goes through a series, kernel by kernel as they are built, and keeps what each commit changes and what a later one
/// repairs.
/// </summary>
/// <param name="first">The kernel before the first commit.</param>
/// <param name="scenarios">Those that are run on every kernel.</param>
/// <param name="goOn">Told what is done; false ends the review, and what was found stays.</param>
internal sealed class SeriesReview(
    SearchTarget first,
    IReadOnlyList<BoundScenario> scenarios,
    ReviewDepth depth,
    Func<string, bool> goOn
)
{
    private readonly List<ReviewedCommit> _commits = [];
    private SearchTarget? _before;
    private ScenarioResults? _results;
    private bool _isBaseRun;

    /// <summary>In the order of the series.</summary>
    public IReadOnlyList<ReviewedCommit> Commits => _commits;

    /// <summary>Some commit was not searched to its end.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Searches the kernel of the next commit.</summary>
    public void Add(string name, SearchTarget now)
    {
        var (commit, results) = Search(name, now);
        foreach (var repaired in commit.Repairs)
            _commits.First(c => c.Name == repaired.Commit).MarkRepaired(repaired.Finding, name);
        _commits.Add(commit);
        (_before, _results) = (now, results);
    }

    /// <summary>Searches a variant of the commit that was added last, or of the base: no commit follows it.</summary>
    public ReviewedCommit AddVariant(string name, SearchTarget variant) => Search(name, variant).Commit;

    private (ReviewedCommit Commit, ScenarioResults? Results) Search(string name, SearchTarget now)
    {
        if (!_isBaseRun)
            _results = ScenarioResults.Of(first, scenarios, what => goOn($"base: {what}"));
        _isBaseRun = true;
        ReviewFinding[] open = [.. _commits.SelectMany(c => c.Findings.Where(f => !c.RepairedBy.ContainsKey(f)))];
        var review = new CommitReview(first, _before ?? first, now, open, depth, what => goOn($"{name}: {what}"));
        var results = _results is null ? null : ScenarioResults.Of(now, scenarios, what => goOn($"{name}: {what}"));
        review.Run(_results, results);
        var repaired = new List<RepairedFinding>();
        foreach (var commit in _commits)
        {
            foreach (var finding in commit.Findings.Where(f => !commit.RepairedBy.ContainsKey(f) && !f.IsIn(now)))
                repaired.Add(new RepairedFinding(commit.Name, finding));
        }

        IsCut |= review.Effort.IsCut;
        return (new ReviewedCommit(name, review.Findings, repaired, review.Effort), results);
    }
}

/// <summary>What one commit changes.</summary>
/// <param name="Repairs">Findings of earlier commits that are gone with this one.</param>
internal sealed record ReviewedCommit(
    string Name,
    IReadOnlyList<ReviewFinding> Findings,
    IReadOnlyList<RepairedFinding> Repairs,
    ReviewEffort Effort
)
{
    private readonly Dictionary<ReviewFinding, string> _repairedBy = [];

    /// <summary>The later commit with which a finding of this one is gone.</summary>
    public IReadOnlyDictionary<ReviewFinding, string> RepairedBy => _repairedBy;

    internal void MarkRepaired(ReviewFinding finding, string by) => _repairedBy.Add(finding, by);
}

/// <summary>A finding of an earlier commit that is gone.</summary>
/// <param name="Commit">The earlier one's name.</param>
internal sealed record RepairedFinding(string Commit, ReviewFinding Finding);
