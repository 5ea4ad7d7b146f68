using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Reviews;

/// <summary>
/// The searches of one commit: what its kernel shows and the one before does not. What the series' base shows too is
/// no finding: a commit that brings it back repairs another.
/// </summary>
/// <param name="first">The series' base.</param>
/// <param name="before">The last kernel before the commit.</param>
/// <param name="now">The commit's kernel.</param>
/// <param name="open">Findings of earlier commits that no later one has repaired: this one does not bring them.</param>
/// <param name="goOn">Told what is done; false ends the searches, and what was found stays.</param>
internal sealed class CommitReview(
    SearchTarget first,
    SearchTarget before,
    SearchTarget now,
    IReadOnlyList<ReviewFinding> open,
    ReviewDepth depth,
    Func<string, bool> goOn
)
{
    private const ulong Seed = 1;

    private static readonly (string, string) s_names = ("before", "now");

    private List<ReviewFinding> _findings = [];

    public IReadOnlyList<ReviewFinding> Findings => _findings;

    public ReviewEffort Effort { get; } = new();

    /// <summary>Compares what the scenarios come to, then searches.</summary>
    /// <param name="old">Null where they were not run.</param>
    public void Run(ScenarioResults? old, ScenarioResults? results)
    {
        Effort.IsCut = old is null || results is null;
        if (old is not null && results is not null)
        {
            Count(results);
            _findings.AddRange(ScenarioChanges.Between(old, results, now).Where(IsNew));
        }

        if (!Effort.IsCut)
            Compare();
        if (!Effort.IsCut)
            Fuzz();
        if (!Effort.IsCut && depth.Turns > 0)
            Hunt();
        // A scenario that states what another finding changes has nothing more to tell.
        if (!_findings.TrueForAll(f => f.Kind == ReviewKind.Verdict))
            _findings = [.. _findings.Select(f => f with { IsSymptom = f.Kind == ReviewKind.Verdict })];
    }

    private void Count(ScenarioResults results)
    {
        Effort.Scenarios = results.Verdicts.Count(run => run is not null);
        Effort.Failures = results.Sweeps.Sum(sweep => sweep?.Failures ?? 0);
        foreach (var run in results.Explorations.OfType<ExploreRun>())
        {
            Effort.Explorations++;
            Effort.Schedules += run.Schedules;
            Effort.IsExhausted &= run.Coverage == ExploreCoverage.Exhausted;
        }
    }

    /// <summary>The base has it too: the commit leads back to what was before the series.</summary>
    private bool IsNew(ReviewFinding finding) => ReferenceEquals(first, before) || !finding.IsIn(first);

    private void Compare()
    {
        var search = new DifferenceSearch(before, now, new FuzzOptions(Seed, depth.Compared)) { Names = s_names };
        search.Run(s => goOn($"{s.Sequences} of {depth.Compared} sequences compared"));
        Effort.Compared = search.Sequences;
        Effort.IsCut |= search.IsCut;
        foreach (var difference in search.Differences)
        {
            var finding = new ReviewFinding(
                ReviewKind.Answer,
                difference.Finding.Title,
                difference.Finding.Detail,
                difference.Finding.Replay
            )
            {
                Scenario = difference.Scenario,
                Program = difference.Program,
                Picture = Draw(difference.Sequence),
                IsIn = other => Differs(before, other, difference.Sequence),
            };
            if (ReferenceEquals(first, before) || Differs(first, now, difference.Sequence))
                _findings.Add(finding);
        }
    }

    private static bool Differs(SearchTarget one, SearchTarget other, CallSequence sequence) =>
        new DifferenceSearch(one, other, new FuzzOptions()).FirstDifference(sequence) is not null;

    private void Fuzz()
    {
        var old = new SequenceExecutor(before, IoctlTopics.Contracts);
        var campaign = new FuzzCampaign(now, new FuzzOptions(Seed, depth.Sequences))
        {
            IsSetAside = (title, sequence) => old.Run(sequence)?.Title == title,
        };
        campaign.Run(c => goOn($"{c.Sequences} of {depth.Sequences} sequences judged"));
        Effort.Sequences = campaign.Sequences;
        Effort.IsCut |= campaign.IsCut;
        foreach (var found in campaign.Findings)
        {
            var (title, sequence) = (found.Finding.Title, found.Sequence);
            var where = sequence.Calls.IsEmpty ? "" : sequence.Calls[^1].Verb;
            if (IsOpen(title, where) || IsTold(sequence))
                continue;
            var finding = new ReviewFinding(
                ReviewKind.Report,
                title,
                $"{found.Finding.Detail.TrimEnd('\n')}\n\n{Steps(found)}",
                found.Finding.Replay
            )
            {
                Scenario = found.Scenario,
                Program = found.Program,
                Where = where,
                Picture = Draw(sequence),
                IsIn = other => Shows(other, sequence, title),
            };
            var swept = _findings.FindIndex(f => f.Kind == ReviewKind.Failure && IsOf(f, title, where));
            if (swept >= 0)
            {
                // The sequence is shorter than the scenario, and has a program.
                var (kind, told, more) = (ReviewKind.Failure, _findings[swept].Title, _findings[swept].More);
                _findings[swept] = finding with { Kind = kind, Title = told, More = more + 1 };
            }
            else if (IsNew(finding))
            {
                _findings.Add(finding);
            }
        }
    }

    /// <summary>Whether what the sequence shows is a difference that was found already.</summary>
    private bool IsTold(CallSequence sequence)
    {
        // The machines of a comparison are not made where there is nothing to compare with.
        if (!_findings.Exists(f => f.Kind == ReviewKind.Answer))
            return false;
        var search = new DifferenceSearch(before, now, new FuzzOptions()) { Names = s_names };
        return search.FirstDifference(sequence) is { } difference
            && _findings.Exists(f => f.Kind == ReviewKind.Answer && f.Title == difference);
    }

    /// <param name="where">Empty where the call is not known.</param>
    private bool IsOpen(string title, string where = "") => open.Any(f => IsOf(f, title, where));

    private static bool IsOf(ReviewFinding finding, string title, string where = "") =>
        (finding.Title == title || finding.Title.EndsWith(": " + title, StringComparison.Ordinal))
        && (where.Length == 0 || finding.Where.Length == 0 || finding.Where == where);

    private ObjectPicture? Draw(CallSequence sequence) =>
        new SequenceExecutor(now, IoctlTopics.Contracts).Draw(sequence);

    private static bool Shows(SearchTarget target, CallSequence sequence, string title) =>
        new SequenceExecutor(target, IoctlTopics.Contracts).Run(sequence)?.Title == title;

    private static string Steps(FuzzFinding found) =>
        string.Concat(found.Sequence.Calls.Select(call => ScenarioWriter.Step(call, found.Sequence) + "\n"));

    /// <summary>Sweeps of drawn sequences, and races; ends at the first that the kernel before does not show.</summary>
    private void Hunt()
    {
        var hunt = new Hunt(Seed, _ => goOn("sweeps and races"))
        {
            Against = before.Node,
            Catalog = now.Catalog,
            SoundTurns = depth.Turns,
            IsKnown = (title, sequence) =>
                _findings.Exists(f => IsOf(f, title)) || IsOpen(title) || IsTold(sequence) || IsOfBase(title, sequence),
        };
        var row = hunt.Run([now.Node])[0];
        Effort.SweptRuns = row.Effort.Runs;
        Effort.Schedules += row.Effort.Schedules;
        Effort.DrawnSchedules = row.Effort.Schedules;
        Effort.Sequences += row.Effort.Sequences;
        Effort.IsCut |= row.Cut;
        if (row.Finding is not { } found || IsOpen(found.Title) || _findings.Exists(f => IsOf(f, found.Title)))
            return;
        using var again = new HuntSearch(now.Node, Seed, now.Catalog);
        _ = again.TryReplay(found.Replay, out _, out var shrunk);
        var finding = new ReviewFinding(
            found.Search == "race" ? ReviewKind.Schedule : ReviewKind.Report,
            found.Title,
            shrunk is null ? found.Detail : $"{shrunk.Finding.Detail.TrimEnd('\n')}\n\n{Steps(shrunk)}",
            $"iommusim hunt --kernel {now.Path} --against {before.Path} --replay {found.Replay}"
        )
        {
            Scenario = shrunk?.Scenario,
            Program = shrunk?.Program,
            Picture = shrunk is null ? null : Draw(shrunk.Sequence),
            IsIn = other => HuntShows(other, found),
        };
        if (IsNew(finding))
            _findings.Add(finding);
    }

    private bool IsOfBase(string title, CallSequence sequence) =>
        !ReferenceEquals(first, before) && Shows(first, sequence, title);

    private static bool HuntShows(SearchTarget target, Finding found)
    {
        using var search = new HuntSearch(target.Node, Seed, target.Catalog);
        return search.TryReplay(found.Replay, out var again, out _) && again?.Title == found.Title;
    }
}
