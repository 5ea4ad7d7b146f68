using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Recordings;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Mutants;

/// <summary>The pieces of all searches that a mutant is put to.</summary>
internal sealed class MutantUnits
{
    private readonly KernelCatalog _catalog;
    private readonly MutantBudget _budget;
    private readonly KernelNode _original;
    private readonly KernelNode _mutant;
    private readonly SearchTarget _model;
    private readonly SequenceExecutor _parent;
    private readonly Fuzzer _clean;
    private readonly List<MutantUnit> _units = [];
    private readonly Dictionary<KernelNode, Fuzzer> _fuzzers = [];
    private readonly Dictionary<KernelNode, SequenceSweep> _sweeps = [];

    /// <param name="original">The kernel as it is.</param>
    /// <param name="mutant">Stands for one mutant after the other.</param>
    public MutantUnits(KernelCatalog catalog, MutantBudget budget, KernelNode original, KernelNode mutant)
    {
        _catalog = catalog;
        _budget = budget;
        _original = original;
        _mutant = mutant;
        _model = new SearchTarget(original.StandsFor!, catalog);
        _parent = new SequenceExecutor(new SearchTarget(original, catalog), IoctlTopics.Contracts);
        _clean = new Fuzzer(new SearchTarget(original, catalog));
    }

    public IReadOnlyList<MutantUnit> All => _units;

    /// <summary>The mutant is another one now.</summary>
    public void Forget()
    {
        _fuzzers.Remove(_mutant);
        _sweeps.Remove(_mutant);
    }

    /// <summary>Those that name the release: each as it is judged, and swept or watched for data races.</summary>
    public void Add(IEnumerable<BoundScenario> scenarios)
    {
        foreach (var scenario in scenarios.Where(s => s.Kernels.Contains(_original.StandsFor!)))
        {
            if (scenario.RefusalOf(_original, _catalog) is not null)
                continue;
            if (scenario.IsExploration)
            {
                Add(MutantSearchKind.Explore, scenario, Judge);
                Add(MutantSearchKind.Races, scenario, LookForRaces);
            }
            else
            {
                Add(MutantSearchKind.Scenario, scenario, Judge);
                Add(MutantSearchKind.Sweep, scenario, Sweep);
            }
        }
    }

    /// <summary>Every recorded run of the files.</summary>
    public void Add(IEnumerable<RecordedFile> files)
    {
        foreach (var file in files)
        {
            foreach (var run in file.Runs)
                _units.Add(
                    new MutantUnit(
                        MutantSearchKind.Recorded,
                        $"{file.Name} {run.Name}",
                        node => Play(file, run, node),
                        string.Join('\n', run.Calls)
                    )
                );
        }
    }

    /// <summary>The sequences of the budget's seeds.</summary>
    public void AddSequences()
    {
        for (var seed = 1; seed <= _budget.Drawn; seed++)
            Add(MutantSearchKind.Fuzz, (ulong)seed, Fuzz);
        for (var seed = 1; seed <= _budget.Compared; seed++)
            Add(MutantSearchKind.Against, (ulong)seed, (seed, node) => Compare(seed, node, _model));
        for (var seed = 1; seed <= _budget.Failed; seed++)
            Add(MutantSearchKind.FailedCall, (ulong)seed, FailCalls);
    }

    /// <summary>The differences of two kernels in the sequence of a seed.</summary>
    public IEnumerable<MutantFinding> Compare(ulong seed, KernelNode node, SearchTarget other)
    {
        var options = new FuzzOptions(seed, MaxSequences: 1);
        var search = new DifferenceSearch(new SearchTarget(node, _catalog), other, options);
        search.Run(static _ => true);
        return search.Differences.Select(d => new MutantFinding(
            d.Finding.Title,
            Replay($" --against {other.Node.Name}", seed)
        ));
    }

    private void Add(
        MutantSearchKind kind,
        BoundScenario scenario,
        Func<BoundScenario, KernelNode, IEnumerable<MutantFinding>> run
    ) =>
        _units.Add(
            new MutantUnit(kind, scenario.Name, node => run(scenario, node), string.Join('\n', scenario.Source.Lines))
        );

    private void Add(MutantSearchKind kind, ulong seed, Func<ulong, KernelNode, IEnumerable<MutantFinding>> run) =>
        _units.Add(new MutantUnit(kind, seed.ToString(CultureInfo.InvariantCulture), node => run(seed, node)));

    private IEnumerable<MutantFinding> Judge(BoundScenario scenario, KernelNode node)
    {
        var run = ScenarioVerdict.Run(scenario, node, _catalog);
        if (run.Failure is not { } failure)
            yield break;
        var command = scenario.IsExploration ? "explore" : "run";
        var lines = failure.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var told = string.Join(" ", lines.Take(6));
        yield return new MutantFinding(
            $"the verdict of {scenario.Name}",
            $"iommusim {command} {scenario.Path}: {told}"
        );
    }

    /// <summary>A race is the same wherever it shows: a bounded walk may be the first that sees it.</summary>
    private IEnumerable<MutantFinding> LookForRaces(BoundScenario scenario, KernelNode node)
    {
        var options = new ExploreOptions(MaxSchedules: _budget.Schedules, Races: true);
        var run = ScenarioExploration.Run(scenario, node, _catalog, options);
        return run
            .Findings.Concat(run.Expected)
            .SelectMany(f => f.Reports.Select(r => (r.Title, f.Replay)))
            .DistinctBy(f => f.Title, StringComparer.Ordinal)
            .Select(f => new MutantFinding(
                f.Title,
                $"iommusim explore {scenario.Path} --kernel mutant.kernel --races --replay {f.Replay}"
            ));
    }

    private IEnumerable<MutantFinding> Sweep(BoundScenario scenario, KernelNode node)
    {
        var run = ScenarioSweep.Run(scenario, node, _catalog);
        if (run.SetUpFailure is { } failure)
            return [new MutantFinding($"{scenario.Name} cannot be set up", failure.Trim())];
        var replay = $"iommusim sweep {scenario.Path}";
        return run
            .Findings.Select(f => new MutantFinding(
                string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} line {f.Line}: {f.Title}"),
                $"{replay}: {f}"
            ))
            .Concat(run.Outcomes.Select(o => new MutantFinding($"{scenario.Name} {o}", replay)));
    }

    private IEnumerable<MutantFinding> Play(RecordedFile file, RecordedRun run, KernelNode node) =>
        RunComparison
            .PlayOne(file, run, new SearchTarget(node, _catalog))
            .Select(title => new MutantFinding(
                title,
                $"iommusim play tests/conformance/recorded/{file.Name} --kernel mutant.kernel"
            ));

    private IEnumerable<MutantFinding> Fuzz(ulong seed, KernelNode node)
    {
        if (!_fuzzers.TryGetValue(node, out var fuzzer))
            _fuzzers.Add(node, fuzzer = new Fuzzer(new SearchTarget(node, _catalog)));
        var run = fuzzer.Run(seed);
        if (run.Title is not { } title)
            return [];
        if (title.StartsWith("model: ", StringComparison.Ordinal))
            throw new InvalidOperationException(title + ", " + run.Detail.Split('\n')[0]);
        // Calls that fail otherwise draw other calls after them, and may come to what is wrong without the mutation.
        if (node == _mutant && _parent.Run(run.Sequence)?.Title == title)
            return [];
        return [new MutantFinding(title, Replay("", seed))];
    }

    /// <summary>The sequence is drawn on the kernel as it is, so that both make the same calls.</summary>
    private IEnumerable<MutantFinding> FailCalls(ulong seed, KernelNode node)
    {
        if (!_sweeps.TryGetValue(node, out var sweep))
            _sweeps.Add(node, sweep = new SequenceSweep(new SearchTarget(node, _catalog)));
        return sweep
            .OutcomesOf(_clean.DrawClean(seed))
            .Select(outcome =>
                outcome.Contains(": model: ", StringComparison.Ordinal)
                    ? throw new InvalidOperationException(outcome)
                    : outcome
            )
            .Select(outcome => new MutantFinding(
                string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {outcome}"),
                "a call in which a point fails, as iommusim hunt makes them"
            ));
    }

    private static string Replay(string against, ulong seed) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel mutant.kernel{against} --seed {seed} --steps 1"
        );
}
