using System.Collections.Immutable;
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
/// <param name="parent">A kernel without what is looked for: what it shows too is set aside.</param>
internal sealed class HuntSearcher(KernelNode node, KernelCatalog? catalog, KernelNode? parent) : IDisposable
{
    private static readonly HuntResult s_nothing = new(null, [], 1, null);

    /// <summary>Points before and behind the one that failed, at which the parent is asked for a finding.</summary>
    private const int Neighbours = 3;

    private Fuzzer? _fuzzer;
    private SequenceSweep? _sweep;
    private RaceSearch? _races;
    private HuntSearcher? _parent;

    /// <summary>See <see cref="Hunt.IsKnown"/>.</summary>
    public Func<string, CallSequence, bool>? IsKnown { get; init; }

    public SearchTarget Target { get; } = new(node, catalog);

    private Fuzzer Fuzzer => _fuzzer ??= new Fuzzer(Target) { CountsStates = false };

    private SequenceSweep Sweep => _sweep ??= new SequenceSweep(Target);

    private RaceSearch Races => _races ??= new RaceSearch(Target);

    /// <summary>Most kernels need it once or never.</summary>
    public HuntSearcher? Parent => parent is null ? null : _parent ??= new HuntSearcher(parent, catalog, null);

    public HuntResult Run(HuntSeed search) =>
        search.Kind switch
        {
            HuntKind.Fuzz => FuzzOne(search.Seed),
            HuntKind.Sweep => SweepOne(search.Seed),
            _ => RaceOne(search.Seed),
        };

    /// <summary>What lists of types and the driver say of the same type; only of a model.</summary>
    public HuntResult Advertise() => OfQuestion(static searcher => searcher.Advertised());

    /// <summary>What drivers owe the core in any call; only of a model.</summary>
    public HuntResult Probe() => OfQuestion(static searcher => searcher.Probed());

    public void Dispose()
    {
        _races?.Dispose();
        _parent?.Dispose();
    }

    private HuntResult OfQuestion(Func<HuntSearcher, Finding?> question)
    {
        if (Target.IsSource || question(this) is not { } finding)
            return s_nothing;
        return Parent is { Target.IsSource: false } parent && question(parent) is not null
            ? new HuntResult(null, [finding], 1, null)
            : new HuntResult(finding, [], 1, null);
    }

    private HuntResult FuzzOne(ulong seed)
    {
        var run = Fuzzer.Run(seed);
        if (run.Title is null)
            return s_nothing;
        var finding = Found("fuzz", seed, run.Title, run.Detail);
        return IsOfParent(run.Title, run.Sequence)
            ? new HuntResult(null, [finding], 1, null)
            : new HuntResult(finding, [], 1, run.Sequence);
    }

    private HuntResult SweepOne(ulong seed)
    {
        var before = Sweep.Runs;
        var aside = ImmutableArray.CreateBuilder<Finding>();
        var found = Sweep.Run(Fuzzer.DrawClean(seed), IsSetAside);
        var runs = Sweep.Runs - before;
        if (found is not var (title, detail, sequence))
            return new HuntResult(null, aside.DrainToImmutable(), runs, null);
        var finding = Found("sweep", seed, title, $"{Steps(sequence)}\n{detail}");
        return new HuntResult(finding, aside.DrainToImmutable(), runs, sequence);

        bool IsSetAside(string title, CallSequence sequence)
        {
            var isOfParent = IsOfParent(title, sequence);
            if (isOfParent)
                aside.Add(Found("sweep", seed, title, ""));
            return isOfParent;
        }
    }

    private HuntResult RaceOne(ulong seed)
    {
        if (Races.Draw(seed) is not { } race)
            return new HuntResult(null, [], 0, null);
        var before = Races.Schedules;
        var aside = ImmutableArray.CreateBuilder<Finding>();
        HashSet<string>? known = null;
        var found = Races.Explore(race, IsSetAside);
        var finding = found is null ? null : Found("race", seed, found.Title, Races.Describe(found));
        return new HuntResult(finding, aside.DrainToImmutable(), Races.Schedules - before, null);

        bool IsSetAside(string title)
        {
            var isOfParent = Parent is { } parent && (known ??= parent.Races.TitlesOf(race)).Contains(title);
            if (isOfParent)
                aside.Add(Found("race", seed, title, ""));
            return isOfParent;
        }
    }

    /// <summary>
    /// Whether the parent shows the finding too. Between two kernels the points of a call can be shifted, so that
    /// another one has to fail there.
    /// </summary>
    private bool IsOfParent(string title, CallSequence sequence) =>
        Parent is { } parent
            && (parent.Shows(title, sequence) || FailingNearby(sequence).Any(other => parent.Shows(title, other)))
        || IsKnown?.Invoke(title, sequence) == true;

    private bool Shows(string title, CallSequence sequence) => Fuzzer.Executor.Run(sequence)?.Title == title;

    private static IEnumerable<CallSequence> FailingNearby(CallSequence sequence)
    {
        for (var i = 0; i < sequence.Calls.Length; i++)
        {
            var call = sequence.Calls[i];
            if (call.InjectNth == 0)
                continue;
            for (var nth = Math.Max(1, call.InjectNth - Neighbours); nth <= call.InjectNth + Neighbours; nth++)
            {
                if (nth != call.InjectNth)
                    yield return sequence with
                    {
                        Calls = sequence.Calls.SetItem(i, call with { InjectNth = nth }),
                    };
            }
        }
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
/// <param name="SetAside">What the parent shows too, in the order in which it was met.</param>
/// <param name="Runs">Sequences, runs or schedules.</param>
/// <param name="Sequence">Whose calls show the finding; null where it has none, or two tasks.</param>
internal sealed record HuntResult(
    Finding? Finding,
    ImmutableArray<Finding> SetAside,
    long Runs,
    CallSequence? Sequence
);
