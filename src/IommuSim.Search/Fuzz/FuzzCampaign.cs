using System.Globalization;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// Random sequences on one kernel, or on two that must answer alike. Every finding is shrunk once
/// and merged with its like by title; what was found so far can be read at any time.
/// </summary>
public sealed class FuzzCampaign
{
    /// <summary>Between two looks at the clock.</summary>
    private const int Batch = 64;

    private readonly FuzzTarget _target;
    private readonly FuzzOptions _options;
    private readonly Fuzzer _fuzzer;
    private readonly SequenceExecutor _shrinking;
    private readonly SortedDictionary<string, FuzzFinding> _findings = new(StringComparer.Ordinal);

    public FuzzCampaign(FuzzTarget target, FuzzOptions options)
    {
        _target = target;
        _options = options;
        _fuzzer = new Fuzzer(target);
        _shrinking = new SequenceExecutor(target);
    }

    /// <summary>Sequences run.</summary>
    public long Sequences { get; private set; }

    /// <summary>Calls made.</summary>
    public long Calls => _fuzzer.Calls;

    public int DistinctStates => _fuzzer.DistinctStates;

    /// <summary>By title.</summary>
    public IReadOnlyCollection<FuzzFinding> Findings => _findings.Values;

    /// <summary>Runs until the sequences are through or <paramref name="goOn"/> answers false.</summary>
    public void Run(Func<FuzzCampaign, bool> goOn)
    {
        for (ulong k = 0; Sequences < (_options.MaxSequences ?? long.MaxValue); k++)
        {
            if (k % (ulong)_options.Shards != (ulong)_options.Shard - 1)
                continue;
            var run = _fuzzer.Run(unchecked(_options.Seed + k));
            Sequences++;
            if (run.Title is not null)
                Keep(run);
            if (_options.StopsAtFirst && _findings.Count > 0)
                return;
            if (Sequences % Batch == 0 && !goOn(this))
                return;
        }
    }

    private void Keep(FuzzRun run)
    {
        if (_findings.TryGetValue(run.Title!, out var known))
        {
            known.Count++;
            return;
        }

        var shrunk = Shrinker.Shrink(run.Sequence, run.Title!, s => _shrinking.Run(s)?.Title);
        var detail = _shrinking.Run(shrunk)?.Detail ?? run.Detail;
        var replay = string.Create(
            CultureInfo.InvariantCulture,
            $"iommusim fuzz --kernel {_target.Node.Name} --seed {run.Seed} --steps 1"
        );
        var finding = new FuzzFinding(new Finding(run.Title!, "fuzz", replay, detail), shrunk, Sequences);
        finding.Scenario = FindingFiles.Scenario(_target, finding, _shrinking);
        finding.Program = ProgramWriter.Write(_target, shrunk, run.Title!);
        _findings.Add(run.Title!, finding);
    }
}
