using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;
using IommuSim.Search.Topics;
using IommuSim.Source.Mutations;

namespace IommuSim.Search.Mutants;

/// <summary>
/// Puts the mutants of a kernel made of C to the searches. A mutant is killed by what the kernel as it is does not show
/// in the same search: a verdict, a finding, a difference.
/// </summary>
public sealed class MutantSearch
{
    private readonly MutantKernel _kernel;
    private readonly KernelCatalog _catalog;
    private readonly MutantBudget _budget;
    private readonly KernelNode _original;
    private readonly KernelNode _mutant;
    private readonly SearchTarget _model;
    private readonly SequenceExecutor _parent;
    private readonly List<MutantUnit> _units = [];
    private readonly HashSet<(MutantSearchKind, string Title)> _known = [];
    private readonly Dictionary<KernelNode, Fuzzer> _fuzzers = [];
    private bool[] _boot = [];

    /// <param name="scenarios">Those that name the release; others are left out.</param>
    public MutantSearch(
        MutantKernel kernel,
        KernelCatalog catalog,
        IEnumerable<BoundScenario> scenarios,
        MutantBudget budget
    )
    {
        _kernel = kernel;
        _catalog = catalog;
        _budget = budget;
        _original = catalog.AddSource("original.kernel", kernel.Summary);
        _mutant = catalog.AddSource("mutant.kernel", kernel.Summary);
        catalog.Use(_original, kernel.Original);
        _model = new SearchTarget(_original.StandsFor!, catalog);
        _parent = new SequenceExecutor(new SearchTarget(_original, catalog), IoctlTopics.Contracts);
        AddScenarios(scenarios);
        for (var seed = 1; seed <= budget.Drawn; seed++)
            AddSequence(MutantSearchKind.Fuzz, (ulong)seed, Fuzz);
        for (var seed = 1; seed <= budget.Compared; seed++)
            AddSequence(MutantSearchKind.Against, (ulong)seed, (seed, node) => Compare(seed, node, _model));
    }

    /// <summary>Runs everything on the kernel as it is; true where it was read from an earlier run.</summary>
    /// <param name="path">Where the outcome is kept.</param>
    /// <param name="identity">What it depends on.</param>
    /// <param name="progress">Hears how many pieces are done, and of how many.</param>
    public bool LookAtOriginal(string path, string identity, Action<int, int> progress)
    {
        // A new scenario is another search.
        var outcome = new MutantReach(path, $"{identity}, {_units.Count}");
        if (outcome.TryRead(_units, _known, out _boot))
            return true;
        var visited = _kernel.Original.Visited;
        Array.Clear(visited);
        _catalog.Boot(_original);
        _boot = VisitedNow();
        for (var i = 0; i < _units.Count; i++)
        {
            Array.Clear(visited);
            foreach (var finding in _units[i].Run(_original))
                _known.Add((_units[i].Search, finding.Title));
            _units[i].Reached = VisitedNow();
            progress(i + 1, _units.Count);
        }

        outcome.Write(_units, _known, _boot);
        return false;
    }

    /// <summary>Puts one mutant to all searches, the quick ones first, until one kills it.</summary>
    public MutantVerdict Search(int mutant)
    {
        _catalog.Use(_mutant, _kernel[mutant]);
        _fuzzers.Remove(_mutant);
        if (CheckBoot(out var error) is { } atBoot)
            return new MutantVerdict(atBoot, 0, null);
        if (error is not null)
            return new MutantVerdict(null, 0, error);
        var units = _units.Where(u => _boot[mutant] || u.Reached[mutant]).ToArray();
        foreach (var unit in InOrder(units))
        {
            if (Kill(unit, ref error) is { } kill)
                return new MutantVerdict(kill, units.Length, error);
        }

        return new MutantVerdict(null, units.Length, error);
    }

    /// <summary>
    /// A difference between the mutant and the kernel as it is, over the sequences that come to its place; null where
    /// none was seen. No search: it knows what is right. It tells survivors that are another kernel from those that
    /// may be equivalent.
    /// </summary>
    /// <param name="most">How many sequences.</param>
    public string? DifferenceToOriginal(int mutant, int most, out int compared)
    {
        _catalog.Use(_mutant, _kernel[mutant]);
        _fuzzers.Remove(_mutant);
        var original = new SearchTarget(_original, _catalog);
        compared = 0;
        var reaching = _units.Where(u =>
            u.Search is MutantSearchKind.Fuzz or MutantSearchKind.Against && (_boot[mutant] || u.Reached[mutant])
        );
        foreach (var unit in reaching.Take(most))
        {
            compared++;
            var seed = ulong.Parse(unit.Name, CultureInfo.InvariantCulture);
            if (Compare(seed, _mutant, original).FirstOrDefault() is { } found)
                return found.Title;
        }

        return null;
    }

    private bool[] VisitedNow() => [.. _kernel.Original.Visited];

    private void AddScenarios(IEnumerable<BoundScenario> scenarios)
    {
        foreach (var scenario in scenarios.Where(s => s.Kernels.Contains(_original.StandsFor!)))
        {
            if (scenario.RefusalOf(_original, _catalog) is not null)
                continue;
            var kind = scenario.IsExploration ? MutantSearchKind.Explore : MutantSearchKind.Scenario;
            _units.Add(new MutantUnit(kind, scenario.Name, node => Judge(scenario, node)));
            if (!scenario.IsExploration)
                _units.Add(new MutantUnit(MutantSearchKind.Sweep, scenario.Name, node => Sweep(scenario, node)));
        }
    }

    private void AddSequence(
        MutantSearchKind kind,
        ulong seed,
        Func<ulong, KernelNode, IEnumerable<MutantFinding>> run
    ) => _units.Add(new MutantUnit(kind, seed.ToString(CultureInfo.InvariantCulture), node => run(seed, node)));

    /// <summary>The searches in the order in which they are tried, each up to its budget.</summary>
    private IEnumerable<MutantUnit> InOrder(MutantUnit[] units)
    {
        var of = units.ToLookup(u => u.Search);
        return of[MutantSearchKind.Scenario]
            .Concat(of[MutantSearchKind.Fuzz].Take(MutantBudget.FirstFuzz))
            .Concat(of[MutantSearchKind.Explore])
            .Concat(of[MutantSearchKind.Against].Take(MutantBudget.FirstAgainst))
            .Concat(of[MutantSearchKind.Sweep])
            .Concat(of[MutantSearchKind.Fuzz].Take(_budget.Fuzz).Skip(MutantBudget.FirstFuzz))
            .Concat(of[MutantSearchKind.Against].Take(_budget.Against).Skip(MutantBudget.FirstAgainst));
    }

    /// <summary>A kernel that does not boot needs no search.</summary>
    private MutantKill? CheckBoot(out string? error)
    {
        error = null;
        try
        {
            var reports = _catalog.Boot(_mutant).Machine.Reports;
            return reports.Count == 0
                ? null
                : new MutantKill(MutantSearchKind.Boot, new MutantFinding(reports[0].Title, "iommusim run"));
        }
        catch (InvalidOperationException refused)
            when (refused.Message.StartsWith("the kernel does not boot", StringComparison.Ordinal))
        {
            return new MutantKill(MutantSearchKind.Boot, new MutantFinding(refused.Message, "iommusim run"));
        }
        catch (Exception other) when (other is not OutOfMemoryException)
        {
            error = $"{other.GetType().Name}: {other.Message}";
            return null;
        }
    }

    private MutantKill? Kill(MutantUnit unit, ref string? error)
    {
        try
        {
            foreach (var finding in unit.Run(_mutant))
            {
                // A sequence of the fuzz was made on the kernel as it is too, and shows this on the mutant alone.
                if (unit.Search == MutantSearchKind.Fuzz || !_known.Contains((unit.Search, finding.Title)))
                    return new MutantKill(unit.Search, finding);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // What the simulator cannot run says nothing of the mutant.
            error ??= $"{unit.Search} {unit.Name}: {fault.GetType().Name}: {fault.Message.Split('\n')[0]}";
        }

        return null;
    }

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

    private IEnumerable<MutantFinding> Sweep(BoundScenario scenario, KernelNode node)
    {
        var run = ScenarioSweep.Run(scenario, node, _catalog);
        if (run.SetUpFailure is { } failure)
            return [new MutantFinding($"{scenario.Name} cannot be set up", failure.Trim())];
        return run.Findings.Select(f => new MutantFinding(
            string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} line {f.Line}: {f.Title}"),
            $"iommusim sweep {scenario.Path}: {f}"
        ));
    }

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

    private IEnumerable<MutantFinding> Compare(ulong seed, KernelNode node, SearchTarget other)
    {
        var options = new FuzzOptions(seed, MaxSequences: 1);
        var search = new DifferenceSearch(new SearchTarget(node, _catalog), other, options);
        search.Run(static _ => true);
        return search.Differences.Select(d => new MutantFinding(
            d.Finding.Title,
            Replay($" --against {other.Node.Name}", seed)
        ));
    }

    private static string Replay(string against, ulong seed) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel mutant.kernel{against} --seed {seed} --steps 1"
        );
}
