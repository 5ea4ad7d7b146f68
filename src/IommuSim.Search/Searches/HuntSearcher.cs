using System.Globalization;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// The searches of one processor on one kernel. What one finds depends on its seed, and on none that ran before.
/// </summary>
/// <param name="parent">A kernel without what is looked for: what fires there too is not found.</param>
internal sealed class HuntSearcher(KernelNode node, KernelCatalog? catalog, KernelNode? parent) : IDisposable
{
    private static readonly HuntResult s_nothing = new(null, false, 1, null);

    private Fuzzer? _fuzzer;
    private SequenceSweep? _sweep;
    private RaceSearch? _races;
    private HuntSearcher? _parent;

    public SearchTarget Target { get; } = new(node, catalog);

    private Fuzzer Fuzzer => _fuzzer ??= new Fuzzer(Target) { CountsStates = false };

    private SequenceSweep Sweep => _sweep ??= new SequenceSweep(Target);

    private RaceSearch Races => _races ??= new RaceSearch(Target);

    /// <summary>Most kernels need it once or never.</summary>
    private HuntSearcher? Parent => parent is null ? null : _parent ??= new HuntSearcher(parent, catalog, null);

    public HuntResult Run(HuntSeed search) =>
        search.Kind switch
        {
            HuntKind.Fuzz => FuzzOne(search.Seed),
            HuntKind.Sweep => SweepOne(search.Seed),
            _ => RaceOne(search.Seed),
        };

    /// <summary>What lists of types and the driver say of the same type.</summary>
    public HuntResult Advertise() => OfQuestion(this, Parent, static searcher => searcher.Advertised());

    /// <summary>What drivers owe the core in any call.</summary>
    public HuntResult Probe() => OfQuestion(this, Parent, static searcher => searcher.Probed());

    public void Dispose()
    {
        _races?.Dispose();
        _parent?.Dispose();
    }

    private static HuntResult OfQuestion(
        HuntSearcher searcher,
        HuntSearcher? parent,
        Func<HuntSearcher, Finding?> question
    ) =>
        question(searcher) is { } finding
            ? new HuntResult(finding, parent is not null && question(parent) is not null, 1, null)
            : s_nothing;

    private HuntResult FuzzOne(ulong seed)
    {
        var run = Fuzzer.Run(seed);
        if (run.Title is null)
            return s_nothing;
        var finding = Found("fuzz", seed, run.Title, run.Detail);
        return new HuntResult(finding, Parent?.Fuzzer.Executor.Run(run.Sequence) is not null, 1, run.Sequence);
    }

    private HuntResult SweepOne(ulong seed)
    {
        var before = Sweep.Runs;
        var found = Sweep.Run(Fuzzer.DrawClean(seed));
        var runs = Sweep.Runs - before;
        if (found is not var (title, detail, sequence))
            return new HuntResult(null, false, runs, null);
        var finding = Found("sweep", seed, title, $"{Steps(sequence)}\n{detail}");
        return new HuntResult(finding, Parent?.Fuzzer.Executor.Run(sequence) is not null, runs, sequence);
    }

    private HuntResult RaceOne(ulong seed)
    {
        var before = Races.Schedules;
        var found = Races.Run(seed);
        var schedules = Races.Schedules - before;
        if (found is null)
            return new HuntResult(null, false, schedules, null);
        var finding = Found("race", seed, found.Title, Races.Describe(found));
        return new HuntResult(finding, Parent?.Races.Explore(found.Race) is not null, schedules, null);
    }

    private Finding? Probed()
    {
        var (driver, violation) = DriverContract.FirstBroken(Target);
        return violation is null
            ? null
            : new Finding(violation.Title, "probe", "probe", $"a device of {driver}, blocked");
    }

    private Finding? Advertised()
    {
        foreach (var (driver, type, listed) in AdvertiseAccept.Differences(Target.Spec, Target.Build))
        {
            var title = listed
                ? "advertise = accept: a listed type is refused"
                : "advertise = accept: a type is accepted that no list has";
            return new Finding(
                title,
                "advertise",
                "advertise",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"iommusim compare --kernel {Target.Node.Name} --driver {driver} --type {type}"
                )
            );
        }

        return null;
    }

    private static string Steps(CallSequence sequence) =>
        string.Join('\n', sequence.Calls.Select(call => ScenarioWriter.Step(call, sequence)));

    private static Finding Found(string search, ulong seed, string title, string detail) =>
        new(title, search, string.Create(CultureInfo.InvariantCulture, $"{search}:{seed}"), detail);
}

/// <summary>What can be run from a seed.</summary>
internal enum HuntKind
{
    /// <summary>A sequence.</summary>
    Fuzz,

    /// <summary>A sequence with everything made to fail that can.</summary>
    Sweep,

    /// <summary>Two tasks under every schedule up to a bound.</summary>
    Race,
}

/// <summary>One search of a turn.</summary>
internal readonly record struct HuntSeed(HuntKind Kind, ulong Seed);

/// <summary>What a search came to.</summary>
/// <param name="Finding">What was found, or null.</param>
/// <param name="IsOfParent">It fires on the parent too, and is set aside.</param>
/// <param name="Runs">Sequences, runs or schedules.</param>
/// <param name="Sequence">Whose calls show the finding; null where it has none, or two tasks.</param>
internal sealed record HuntResult(Finding? Finding, bool IsOfParent, long Runs, CallSequence? Sequence)
{
    public bool IsFound => Finding is not null && !IsOfParent;
}
