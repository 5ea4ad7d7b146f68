using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Recordings;
using IommuSim.Source.Mutations;

namespace IommuSim.Search.Mutants;

/// <summary>
/// Puts the mutants of a kernel made of C to the searches. A mutant is killed by what the kernel as it is does not show
/// in the same search: a verdict, a finding, a difference.
/// </summary>
internal sealed class MutantSearch
{
    private readonly MutantKernel _kernel;
    private readonly KernelCatalog _catalog;
    private readonly MutantBudget _budget;
    private readonly KernelNode _original;
    private readonly KernelNode _mutant;
    private readonly MutantUnits _units;
    private readonly HashSet<(MutantSearchKind, string Title)> _known = [];
    private bool[] _boot = [];

    /// <param name="scenarios">Those that name the release; others are left out.</param>
    /// <param name="recordings">Runs of the release that real Linux recorded.</param>
    public MutantSearch(
        MutantKernel kernel,
        KernelCatalog catalog,
        IEnumerable<BoundScenario> scenarios,
        IEnumerable<RecordedFile> recordings,
        MutantBudget budget
    )
    {
        _kernel = kernel;
        _catalog = catalog;
        _budget = budget;
        _original = catalog.AddSource("original.kernel", kernel.Summary);
        _mutant = catalog.AddSource("mutant.kernel", kernel.Summary);
        catalog.Use(_original, kernel.Original);
        _units = new MutantUnits(catalog, budget, _original, _mutant);
        _units.Add(scenarios);
        _units.Add(recordings);
        _units.AddSequences();
    }

    /// <summary>
    /// Runs everything on the kernel as it is; what was run earlier is read. A new scenario alone is run.
    /// </summary>
    /// <param name="path">Where the outcome is kept.</param>
    /// <param name="identity">What it depends on.</param>
    /// <param name="progress">Hears how many pieces are done, and of how many.</param>
    public void LookAtOriginal(string path, string identity, Action<int, int> progress)
    {
        var outcome = new MutantReach(path, identity);
        var units = _units.All;
        var isNew = outcome.Booted is null;
        _boot = outcome.Booted ?? Boot();
        for (var i = 0; i < units.Count; i++)
        {
            if (!outcome.TryFill(units[i]))
            {
                isNew = true;
                Look(units[i]);
            }

            foreach (var title in units[i].Known)
                _known.Add((units[i].Search, title));
            progress(i + 1, units.Count);
        }

        if (isNew)
            outcome.Write(units, _boot);
    }

    /// <summary>Puts one mutant to all searches, the quick ones first, until one kills it.</summary>
    public MutantVerdict Search(int mutant)
    {
        _catalog.Use(_mutant, _kernel[mutant]);
        _units.Forget();
        if (CheckBoot(out var error) is { } atBoot)
            return new MutantVerdict(atBoot, 0, null);
        if (error is not null)
            return new MutantVerdict(null, 0, error);
        var units = _units.All.Where(u => _boot[mutant] || u.Reached[mutant]).ToArray();
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
        _units.Forget();
        var original = new SearchTarget(_original, _catalog);
        compared = 0;
        var reaching = _units.All.Where(u =>
            u.Search is MutantSearchKind.Fuzz or MutantSearchKind.Against && (_boot[mutant] || u.Reached[mutant])
        );
        foreach (var unit in reaching.Take(most))
        {
            compared++;
            var seed = ulong.Parse(unit.Name, CultureInfo.InvariantCulture);
            if (_units.Compare(seed, _mutant, original).FirstOrDefault() is { } found)
                return found.Title;
        }

        return null;
    }

    private bool[] Boot()
    {
        Array.Clear(_kernel.Original.Visited);
        _catalog.Boot(_original);
        return [.. _kernel.Original.Visited];
    }

    private void Look(MutantUnit unit)
    {
        Array.Clear(_kernel.Original.Visited);
        unit.Known = [.. unit.Run(_original).Select(f => MutantReach.Plain(f.Title))];
        unit.Reached = [.. _kernel.Original.Visited];
    }

    /// <summary>The searches in the order in which they are tried, each up to its budget.</summary>
    private IEnumerable<MutantUnit> InOrder(MutantUnit[] units)
    {
        var of = units.ToLookup(u => u.Search);
        return of[MutantSearchKind.Scenario]
            .Concat(of[MutantSearchKind.Fuzz].Take(MutantBudget.FirstFuzz))
            .Concat(of[MutantSearchKind.Recorded])
            .Concat(of[MutantSearchKind.Explore])
            .Concat(of[MutantSearchKind.Against].Take(MutantBudget.FirstAgainst))
            .Concat(of[MutantSearchKind.Sweep])
            .Concat(of[MutantSearchKind.Races])
            .Concat(of[MutantSearchKind.FailedCall].Take(_budget.Sweep))
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
                if (
                    unit.Search == MutantSearchKind.Fuzz
                    || !_known.Contains((unit.Search, MutantReach.Plain(finding.Title)))
                )
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
}
