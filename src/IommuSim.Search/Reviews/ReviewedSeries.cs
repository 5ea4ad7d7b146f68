namespace IommuSim.Search.Reviews;

/// <summary>What the searches of one commit saw, by the search; it depends on no other commit but the base.</summary>
/// <param name="Scenarios">What scenarios, their failing points and their schedules show.</param>
/// <param name="Differences">Calls that return something else.</param>
/// <param name="Reports">What drawn sequences show, also what the base shows.</param>
/// <param name="Hunted">What sweeps of drawn sequences and races show.</param>
internal sealed record SearchedCommit(
    IReadOnlyList<ReviewFinding> Scenarios,
    IReadOnlyList<ReviewFinding> Differences,
    IReadOnlyList<ReviewFinding> Reports,
    IReadOnlyList<ReviewFinding> Hunted,
    ReviewEffort Effort
)
{
    /// <summary>The same with every finding changed.</summary>
    public SearchedCommit With(Func<ReviewFinding, ReviewFinding> change) =>
        new(
            [.. Scenarios.Select(change)],
            [.. Differences.Select(change)],
            [.. Reports.Select(change)],
            [.. Hunted.Select(change)],
            Effort
        );

    /// <summary>What is a finding where no earlier commit has it.</summary>
    public IEnumerable<ReviewFinding> New =>
        [.. Scenarios, .. Differences, .. Reports.Where(finding => !finding.IsOfBase), .. Hunted];
}

/// <summary>What one commit changes.</summary>
/// <param name="Repairs">Findings of earlier commits that are gone with this one.</param>
internal sealed record ReviewedCommit(
    IReadOnlyList<ReviewFinding> Findings,
    IReadOnlyList<RepairedFinding> Repairs,
    ReviewEffort Effort
);

/// <summary>A finding of an earlier commit that is gone.</summary>
/// <param name="Commit">The earlier one's name.</param>
internal sealed record RepairedFinding(string Commit, ReviewFinding Finding);

/// <summary>
/// Decides over a whole series what is new with a commit, what is one of an earlier commit and what a later one
/// repairs. It asks no kernel: the same searches give the same series, wherever they were made.
/// </summary>
internal sealed class ReviewedSeries
{
    private readonly List<(string Name, ReviewedCommit Commit)> _commits = [];

    /// <summary>Decides on the next commit, or on a variant of the last one, which no commit follows.</summary>
    public ReviewedCommit Add(string name, bool isVariant, SearchedCommit searched)
    {
        var earlier = _commits.SelectMany(c => c.Commit.Findings.Select(f => new RepairedFinding(c.Name, f))).ToArray();
        ReviewFinding[] open = [.. earlier.Select(e => e.Finding).Where(f => !IsEarlier(f.RepairedBy))];
        var reviewed = new ReviewedCommit(
            Findings(searched, open),
            [
                .. earlier.Where(e =>
                    e.Finding.RepairedBy == name || e.Finding.GoneWith.Contains(name, StringComparer.Ordinal)
                ),
            ],
            searched.Effort
        );
        if (!isVariant)
            _commits.Add((name, reviewed));
        return reviewed;
    }

    private bool IsEarlier(string? name) => _commits.Exists(c => c.Name == name);

    /// <param name="open">Findings of earlier commits that no commit before this one repairs.</param>
    private static List<ReviewFinding> Findings(SearchedCommit searched, ReviewFinding[] open)
    {
        List<ReviewFinding> findings = [.. searched.Scenarios, .. searched.Differences];
        foreach (var report in searched.Reports.Where(r => !open.Any(o => o.IsOf(r.Title, r.Where))))
        {
            var swept = findings.FindIndex(f => f.Kind == ReviewKind.Failure && f.IsOf(report.Title, report.Where));
            if (swept >= 0)
            {
                // The sequence is shorter than the scenario, and has a program.
                var (told, more) = (findings[swept].Title, findings[swept].More);
                findings[swept] = report with { Kind = ReviewKind.Failure, Title = told, More = more + 1 };
            }
            else if (!report.IsOfBase)
            {
                findings.Add(report);
            }
        }

        findings.AddRange(searched.Hunted.Where(h => !open.Concat(findings).Any(f => f.IsOf(h.Title, where: ""))));
        // A scenario that states what another finding changes has nothing more to tell.
        return findings.TrueForAll(f => f.Kind == ReviewKind.Verdict)
            ? findings
            : [.. findings.Select(f => f with { IsSymptom = f.Kind == ReviewKind.Verdict })];
    }
}
