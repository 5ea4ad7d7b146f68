using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Reviews;

/// <summary>
/// The searches of one commit: what its kernel shows and the one before does not. They know nothing of other commits
/// but the base: what the base shows too is no finding, for a commit that brings it back repairs another.
/// </summary>
internal sealed class CommitSearch
{
    private const ulong Seed = 1;

    private static readonly (string, string) s_names = ("before", "now");

    private readonly SearchTarget _first;
    private readonly SearchTarget _before;
    private readonly SearchTarget _now;
    private readonly ReviewDepth _depth;
    private readonly Func<string, bool> _goOn;
    private readonly ReviewEffort _effort = new();
    private readonly List<SeenFinding> _scenarios = [];
    private readonly List<SeenFinding> _differences = [];
    private readonly List<SeenFinding> _reports = [];
    private readonly List<SeenFinding> _hunted = [];

    /// <param name="first">The series' base.</param>
    /// <param name="before">The last kernel before the commit.</param>
    /// <param name="now">The commit's kernel.</param>
    /// <param name="goOn">Told what is done; false ends the searches, and what was found stays.</param>
    internal CommitSearch(
        SearchTarget first,
        SearchTarget before,
        SearchTarget now,
        ReviewDepth depth,
        Func<string, bool> goOn
    ) => (_first, _before, _now, _depth, _goOn) = (first, before, now, depth, goOn);

    /// <summary>The searches were ended before they were through.</summary>
    public bool IsCut => _effort.IsCut;

    /// <summary>Something was seen that no kernel of a later commit which was asked is without.</summary>
    public bool IsOpen => All.Any(seen => seen.IsOpen);

    /// <summary>What was seen until now, as data.</summary>
    public SearchedCommit Result => new(Of(_scenarios), Of(_differences), Of(_reports), Of(_hunted), _effort);

    private IEnumerable<SeenFinding> All => [.. _scenarios, .. _differences, .. _reports, .. _hunted];

    /// <summary>Asks a kernel that comes behind in the series what it still shows.</summary>
    /// <param name="isVariant">It stands beside the series, and repairs nothing in it.</param>
    public void Ask(string name, SearchTarget later, bool isVariant)
    {
        foreach (var seen in All)
            seen.Ask(name, later, isVariant);
    }

    /// <summary>Compares what the scenarios come to, then searches.</summary>
    /// <param name="old">Null where they were not run.</param>
    internal void Run(ScenarioResults? old, ScenarioResults? results)
    {
        _effort.IsCut = old is null || results is null;
        if (old is not null && results is not null)
        {
            Count(results);
            _scenarios.AddRange(ScenarioChanges.Between(old, results, _now).Where(seen => !IsOfBase(seen)));
        }

        if (!IsCut)
            Compare();
        if (!IsCut)
            Fuzz();
        if (!IsCut && _depth.Turns > 0)
            Hunt();
    }

    private static ReviewFinding[] Of(List<SeenFinding> seen) => [.. seen.Select(s => s.Finding)];

    private void Count(ScenarioResults results)
    {
        _effort.Scenarios = results.Verdicts.Count(run => run is not null);
        _effort.Failures = results.Sweeps.Sum(sweep => sweep?.Failures ?? 0);
        foreach (var run in results.Explorations.OfType<ExploreRun>())
        {
            _effort.Explorations++;
            _effort.Schedules += run.Schedules;
            _effort.IsExhausted &= run.Coverage == ExploreCoverage.Exhausted;
        }
    }

    /// <summary>The base has it too: the commit leads back to what was before the series.</summary>
    private bool IsOfBase(SeenFinding seen) => !ReferenceEquals(_first, _before) && seen.IsIn(_first);

    private void Compare()
    {
        var search = new DifferenceSearch(_before, _now, new FuzzOptions(Seed, _depth.Compared))
        {
            Names = s_names,
            ClaimsSecond = true,
        };
        search.Run(s => _goOn($"{s.Sequences} of {_depth.Compared} sequences compared"));
        _effort.Compared = search.Sequences;
        _effort.IsCut |= search.IsCut;
        foreach (var difference in search.Differences)
        {
            if (!ReferenceEquals(_first, _before) && !Differs(_first, _now, difference.Sequence))
                continue;
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
            };
            _differences.Add(new SeenFinding(finding, other => Differs(_before, other, difference.Sequence)));
        }
    }

    private static bool Differs(SearchTarget one, SearchTarget other, CallSequence sequence) =>
        new DifferenceSearch(one, other, new FuzzOptions()).FirstDifference(sequence) is not null;

    private void Fuzz()
    {
        var old = new SequenceExecutor(_before, IoctlTopics.Contracts);
        var campaign = new FuzzCampaign(_now, new FuzzOptions(Seed, _depth.Sequences))
        {
            IsSetAside = (title, sequence) => old.Run(sequence)?.Title == title,
        };
        campaign.Run(c => _goOn($"{c.Sequences} of {_depth.Sequences} sequences judged"));
        _effort.Sequences = campaign.Sequences;
        _effort.IsCut |= campaign.IsCut;
        foreach (var found in campaign.Findings)
        {
            var (title, sequence) = (found.Finding.Title, found.Sequence);
            if (IsTold(sequence))
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
                Where = sequence.Calls.IsEmpty ? "" : sequence.Calls[^1].Verb,
                Picture = Draw(sequence),
            };
            var seen = new SeenFinding(finding, other => Shows(other, sequence, title));
            seen.Finding = finding with { IsOfBase = IsOfBase(seen) };
            _reports.Add(seen);
        }
    }

    /// <summary>Whether what the sequence shows is a difference that was found already.</summary>
    private bool IsTold(CallSequence sequence)
    {
        // The machines of a comparison are not made where there is nothing to compare with.
        if (_differences.Count == 0)
            return false;
        var search = new DifferenceSearch(_before, _now, new FuzzOptions()) { Names = s_names };
        return search.FirstDifference(sequence) is { } difference
            && _differences.Exists(seen => seen.Finding.Title == difference);
    }

    /// <summary>Whether a search before the hunt has it already.</summary>
    private bool IsFound(string title) =>
        All.Any(seen => !seen.Finding.IsOfBase && seen.Finding.IsOf(title, where: ""));

    private ObjectPicture? Draw(CallSequence sequence) =>
        new SequenceExecutor(_now, IoctlTopics.Contracts).Draw(sequence);

    private static bool Shows(SearchTarget target, CallSequence sequence, string title) =>
        new SequenceExecutor(target, IoctlTopics.Contracts).Run(sequence)?.Title == title;

    private static string Steps(FuzzFinding found) =>
        string.Concat(found.Sequence.Calls.Select(call => ScenarioWriter.Step(call, found.Sequence) + "\n"));

    /// <summary>Sweeps of drawn sequences, and races; ends at the first that the kernel before does not show.</summary>
    private void Hunt()
    {
        var hunt = new Hunt(Seed, _ => _goOn("sweeps and races"))
        {
            Against = _before.Node,
            Catalog = _now.Catalog,
            UnknownTurns = _depth.Turns,
            IsKnown = (title, sequence) => IsFound(title) || IsTold(sequence) || IsOfBase(title, sequence),
        };
        var row = hunt.Run([_now.Node])[0];
        _effort.SweptRuns = row.Effort.Runs;
        _effort.Schedules += row.Effort.Schedules;
        _effort.DrawnSchedules = row.Effort.Schedules;
        _effort.Sequences += row.Effort.Sequences;
        _effort.IsCut |= row.Cut;
        if (row.Finding is not { } found || IsFound(found.Title))
            return;
        using var again = new HuntSearch(_now.Node, Seed, _now.Catalog);
        _ = again.TryReplay(found.Replay, out _, out var shrunk);
        var finding = new ReviewFinding(
            found.Search == "race" ? ReviewKind.Schedule : ReviewKind.Report,
            found.Title,
            shrunk is null ? found.Detail : $"{shrunk.Finding.Detail.TrimEnd('\n')}\n\n{Steps(shrunk)}",
            $"iommusim hunt --kernel {_now.Path} --against {_before.Path} --replay {found.Replay}"
        )
        {
            Scenario = shrunk?.Scenario,
            Program = shrunk?.Program,
            Picture = shrunk is null ? null : Draw(shrunk.Sequence),
        };
        var seen = new SeenFinding(finding, other => HuntShows(other, found));
        if (!IsOfBase(seen))
            _hunted.Add(seen);
    }

    private bool IsOfBase(string title, CallSequence sequence) =>
        !ReferenceEquals(_first, _before) && Shows(_first, sequence, title);

    private static bool HuntShows(SearchTarget target, Finding found)
    {
        using var search = new HuntSearch(target.Node, Seed, target.Catalog);
        return search.TryReplay(found.Replay, out var again, out _) && again?.Title == found.Title;
    }
}
