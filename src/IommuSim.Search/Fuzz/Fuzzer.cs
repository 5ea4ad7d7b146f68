using System.Collections.Immutable;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws and runs sequences on one kernel; the same seed draws the same ones anywhere.</summary>
internal sealed class Fuzzer
{
    private const int MinCalls = 5;
    private const uint MoreCalls = 20;

    private readonly FuzzTarget _target;
    private readonly DeviceGenerator _devices;
    private readonly CallGenerator _calls;
    private readonly ResourceTable _known;
    private readonly List<Call> _made = [];
    private readonly HashSet<ulong> _states = [];

    public Fuzzer(FuzzTarget target)
    {
        _target = target;
        _devices = new DeviceGenerator(target);
        _calls = new CallGenerator(target);
        _known = new ResourceTable(target);
        Executor = new SequenceExecutor(target);
    }

    public SequenceExecutor Executor { get; }

    /// <summary>States that were seen, up to ids of memory.</summary>
    public int DistinctStates => _states.Count;

    /// <summary>Calls made in all.</summary>
    public long Calls { get; private set; }

    /// <summary>Draws the sequence of this seed and runs it as it is drawn.</summary>
    public FuzzRun Run(ulong seed)
    {
        var random = new SplitMix(Scatter(seed));
        var devices = _devices.Draw(ref random);
        var length = MinCalls + (int)random.Below(MoreCalls * (_target.HasViommus ? 2u : 1));
        _made.Clear();
        _known.Clear();
        Executor.Start(devices);
        for (var i = 0; i < length; i++)
        {
            var call = _calls.Next(i + 1, _known, devices, ref random);
            var outcome = Executor.Step(call);
            if (!outcome.Made)
                continue;
            Calls++;
            _made.Add(call);
            if (outcome.Title is { } title)
                return End(seed, devices, title, outcome.Detail);
            _known.Note(call, outcome, Executor.Machine);
            _states.Add(Executor.Fingerprint);
        }

        return Executor.Finish() is { } last
            ? End(seed, devices, last.Title, last.Detail)
            : End(seed, devices, null, "");
    }

    /// <summary>
    /// A sequence in which nothing is made to fail and nothing is found, for others to work on.
    /// </summary>
    public CallSequence DrawClean(ulong seed)
    {
        var random = new SplitMix(Scatter(seed));
        var devices = _devices.Draw(ref random);
        var length = MinCalls + (int)random.Below(MoreCalls * (_target.HasViommus ? 2u : 1));
        var calls = ImmutableArray.CreateBuilder<Call>();
        _known.Clear();
        Executor.Start(devices);
        for (var i = 0; i < length; i++)
        {
            var call = _calls.Next(i + 1, _known, devices, ref random);
            if (call.InjectNth > 0)
                continue;
            var outcome = Executor.Step(call);
            if (outcome.Title is not null)
                break;
            if (!outcome.Made)
                continue;
            calls.Add(call);
            _known.Note(call, outcome, Executor.Machine);
        }

        return new CallSequence(devices, calls.ToImmutable());
    }

    /// <summary>Neighbouring seeds must not draw alike.</summary>
    private static ulong Scatter(ulong seed) => new SplitMix(seed).Next();

    private FuzzRun End(ulong seed, ImmutableArray<DeviceDeclared> devices, string? title, string detail) =>
        new(seed, new CallSequence(devices, title is null ? [] : [.. _made]), title, detail);
}

/// <summary>One sequence and what it found; without a finding the calls are not kept.</summary>
internal sealed record FuzzRun(ulong Seed, CallSequence Sequence, string? Title, string Detail);
