using System.Collections.Immutable;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>Draws and runs sequences on one kernel; the same seed draws the same ones anywhere.</summary>
internal sealed class Fuzzer(SearchTarget target, SequenceExecutor? executor = null)
{
    private const int MinCalls = 5;
    private const uint MoreCalls = 20;

    /// <summary>
    /// A sequence in which an ioctl succeeds for the first time goes on by so many calls: there is more to do than
    /// before. What other sequences reached has no part in it, so that a seed stands for one sequence.
    /// </summary>
    private const int CallsForNew = 2;

    /// <summary>States that are told apart: a long campaign would fill the memory with them.</summary>
    public const int MostStates = 1_000_000;

    /// <summary>Limits of locked memory: most of them are met by a few mappings.</summary>
    private static readonly ulong?[] s_limits = [0, 1, 2, 4, 8, 16, 64, 1 << 20];

    private readonly DeviceGenerator _devices = new(target);
    private readonly CallGenerator _calls = new(target, IoctlTopics.Draws);
    private readonly List<Call> _made = [];
    private readonly HashSet<ulong> _states = [];

    private ulong? _lockedPages;

    /// <summary>Ioctls that have succeeded in this sequence.</summary>
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);

    public SequenceExecutor Executor { get; } = executor ?? new(target, IoctlTopics.Contracts);

    /// <summary>States that were seen, up to ids of memory; the first <see cref="MostStates"/>.</summary>
    public IReadOnlyCollection<ulong> States => _states;

    /// <summary>Whether states are told apart, which no search for the first finding needs.</summary>
    public bool CountsStates { get; init; } = !target.IsSource;

    /// <summary>Calls made in all.</summary>
    public long Calls { get; private set; }

    /// <summary>What they came to; null counts nothing.</summary>
    public Reach? Reach { get; init; }

    /// <summary>Draws the sequence of this seed and runs it as it is drawn.</summary>
    public FuzzRun Run(ulong seed) =>
        (Make(seed, out var devices) ?? Executor.Finish()) is var (title, detail)
            ? new FuzzRun(seed, Made(devices), title, detail)
            : new FuzzRun(seed, new CallSequence(devices, []), null, "");

    /// <summary>The sequence of this seed, which ends where it finds something.</summary>
    public CallSequence Draw(ulong seed)
    {
        Make(seed, out var devices);
        return Made(devices);
    }

    private (string Title, string Detail)? Make(ulong seed, out ImmutableArray<DeviceDeclared> devices)
    {
        devices = Start(seed, out var length);
        for (var i = 1; i <= length + (CallsForNew * _reached.Count); i++)
        {
            if (Step(_calls.Next(i)) is { Title: { } title } outcome)
                return (title, outcome.Detail);
        }

        return null;
    }

    /// <summary>
    /// A sequence in which nothing is made to fail and nothing is found, for others to work on.
    /// </summary>
    public CallSequence DrawClean(ulong seed)
    {
        var devices = Start(seed, out var length);
        for (var i = 1; i <= length; i++)
        {
            var call = _calls.Next(i);
            if (call.InjectNth > 0 || Step(call).Title is null)
                continue;
            _made.RemoveAt(_made.Count - 1);
            break;
        }

        return Made(devices);
    }

    private ImmutableArray<DeviceDeclared> Start(ulong seed, out int length)
    {
        // Neighbouring seeds must not draw alike.
        var random = new SplitMix(new SplitMix(seed).Next());
        var devices = _devices.Draw(random);
        length = MinCalls + (int)random.Below(MoreCalls * (target.HasViommus ? 2u : 1));
        _made.Clear();
        _reached.Clear();
        _calls.Start(random, devices);
        _lockedPages = target.IsSource && random.OneIn(3) ? random.Pick(s_limits) : null;
        _calls.State.HasLimit = _lockedPages is not null;
        // A kernel made of C may refuse a device.
        if (!Executor.Start(devices, _lockedPages))
            length = 0;
        return devices;
    }

    private CallSequence Made(ImmutableArray<DeviceDeclared> devices) =>
        new(devices, [.. _made]) { LockedPages = _lockedPages };

    private StepOutcome Step(Call call)
    {
        var outcome = Executor.Step(call);
        if (!outcome.Made)
            return outcome;
        Calls++;
        Reach?.Count(call.Name, outcome.Result);
        _made.Add(call);
        if (outcome.Title is not null)
            return outcome;
        _calls.State.Note(call, outcome, Executor.Machine);
        if (outcome.Result.Succeeded && call.Kind == CallKind.Ioctl)
            _reached.Add(call.Verb);
        if (CountsStates && _states.Count < MostStates)
            _states.Add(Executor.Fingerprint);
        return outcome;
    }
}

/// <summary>One sequence and what it found; without a finding the calls are not kept.</summary>
internal sealed record FuzzRun(ulong Seed, CallSequence Sequence, string? Title, string Detail)
{
    /// <summary>Its place in the campaign, from 1.</summary>
    public long At { get; init; }
}
