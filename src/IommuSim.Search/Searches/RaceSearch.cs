using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using IommuSim.Machine;
using IommuSim.Search.Draw;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>
/// Draws pairs of calls on drawn states and runs each pair under every schedule up to a bound. Both
/// calls mostly concern one object, for only then does their order matter.
/// </summary>
internal sealed class RaceSearch(SearchTarget target) : IDisposable
{
    private const int MaxSchedules = 300;
    private const ulong SecondInterruptionEvery = 6;
    private const int Draws = 40;
    private const ulong LargestMemory = 1 << 16;

    private readonly DeviceGenerator _devices = new(target);
    private readonly CallGenerator _calls = new(target, IoctlTopics.Draws);
    private readonly SequenceExecutor _executor = new(target, IoctlTopics.Contracts, hasModel: false);
    private readonly ScheduleExplorer _explorer = new();

    /// <summary>Schedules run.</summary>
    public long Schedules { get; private set; }

    /// <summary>Draws the race of this seed and explores it; the finding or null.</summary>
    public RaceFinding? Run(ulong seed) => Draw(seed) is { } race ? Explore(race) : null;

    /// <summary>Explores a race, which may have been drawn on another kernel; the finding or null.</summary>
    public RaceFinding? Explore(Race race)
    {
        RaceFinding? found = null;
        var options = new ExploreOptions(PreemptionBound: race.Bound, MaxSchedules: MaxSchedules);
        _explorer.Explore(
            () => new RaceProgram(_executor.Machine, race),
            options,
            (program, explorer) =>
            {
                Schedules++;
                if (Judge(program, race) is not { } title)
                    return program.IsComplete;
                found = new RaceFinding(title, race, explorer.LastSchedule(), Detail(program));
                return false;
            }
        );
        return found;
    }

    /// <summary>The state and the two calls, the schedule, its steps in two columns, and the reports.</summary>
    public string Describe(RaceFinding found)
    {
        var prepared = found.Race.Prepared;
        // The ids that the two calls use are named where they are made.
        var sequence = prepared with
        {
            Calls = prepared.Calls.AddRange(found.Race.Calls),
        };
        var text = new StringBuilder();
        foreach (var call in prepared.Calls)
            text.Append(ScenarioWriter.Step(call, sequence)).Append('\n');
        for (var i = 0; i < RaceProgram.Tasks; i++)
        {
            var step = ScenarioWriter.Step(found.Race.Calls[i], sequence);
            text.Append(CultureInfo.InvariantCulture, $"P{i}: {step}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"schedule {found.Schedule}\n");
        var program = new RaceProgram(_executor.Machine, found.Race);
        if (RecordedSchedule.TryParse(found.Schedule, RaceProgram.Tasks, out var schedule, out _))
        {
            var steps = _explorer.Replay(program, schedule!);
            text.Append(ScheduleDiagram.Render(steps, RaceProgram.Tasks));
        }

        return text.Append(found.Detail).ToString();
    }

    private DrawState State => _calls.State;

    public void Dispose() => _explorer.Dispose();

    /// <summary>What is wrong after a run, or null.</summary>
    private string? Judge(RaceProgram program, Race race)
    {
        var reports = program.Machine.Reports;
        if (reports.Count > program.ReportsBefore)
            return reports[program.ReportsBefore].Title;
        if (program.Title is not null || program.AnyoneDied)
            return program.Title ?? "a task died without a report";
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        program.Keep();
        _executor.Resume(race.Prepared.Devices);
        return _executor.CheckState() ?? _executor.Finish()?.Title;
    }

    private static string Detail(RaceProgram program)
    {
        var reports = program.Machine.Reports.Skip(program.ReportsBefore);
        return string.Join('\n', reports.Select(r => r.Render()));
    }

    /// <summary>
    /// A state in which several devices and page tables exist, from calls that succeed and report
    /// nothing, and two calls on it; null when no pair was found.
    /// </summary>
    private Race? Draw(ulong seed)
    {
        var random = new SplitMix(new SplitMix(seed ^ 0x5ace).Next());
        var devices = _devices.Draw(random, crowded: random.Below(4) != 0);
        if (DriverFaults.Any(devices))
            return null;
        var calls = ImmutableArray.CreateBuilder<Call>();
        var length = (target.HasViommus ? 8 : 4) + (int)random.Below(9);
        _calls.Start(random, devices);
        _executor.Start(devices);
        var label = 1;
        for (var i = 0; i < length * 2 && calls.Count < length; i++)
        {
            var call =
                State.Bound.Count > 1 && random.Below(3) > (target.HasViommus ? 1u : 0)
                    ? _calls.OnDevice(label, (int)random.Below((uint)State.Bound.Count))
                    : _calls.Next(label);
            if (!IsPlain(call) || call.InjectNth > 0 || call.Kind == CallKind.Close)
                continue;
            var outcome = _executor.Step(call);
            if (outcome.Title is not null)
                return null;
            if (!outcome.Made || !outcome.Result.Succeeded)
                continue;
            State.Note(call, outcome, _executor.Machine);
            calls.Add(call);
            label++;
        }

        // The depth-first walk reaches early interruptions last: one must come to an end, two need not.
        var bound = seed % SecondInterruptionEvery == 0 ? 2 : 1;
        return DrawPair(label) is { } pair
            ? new Race(new CallSequence(devices, calls.ToImmutable()), pair, bound)
            : null;
    }

    private ImmutableArray<Call>? DrawMeeting(int label) =>
        target.HasQueues ? new RacePairs(_calls.Ioctls, _calls.Queues).Draw(label) : null;

    private ImmutableArray<Call>? DrawPair(int label)
    {
        if (DrawMeeting(label) is { } pair && CanMake(pair))
            return pair;
        if (State.Random.Below(2) == 0 && DrawDuel(label) is { } duel)
            return duel;
        Call? first = null;
        for (var i = 0; i < Draws; i++)
        {
            var call =
                first is null && State.Random.Below(5) < 2 && State.PickAny() is { } victim
                    ? _calls.Ioctls.Destroy(label, victim)
                    : _calls.Next(first is null ? label : label + 1);
            if (first is not null && first.InjectNth > 0)
                call = call with { InjectNth = 0 };
            if (!IsConcurrent(call) || _executor.Machine.Prepare(call) is null)
                continue;
            if (first is null)
                first = call;
            else if (AreRelated(first, call) && !AreSerialised(first, call))
                return [first, call];
        }

        return null;
    }

    /// <summary>Two devices of one group at once; null when no group has two that are bound.</summary>
    private ImmutableArray<Call>? DrawDuel(int label)
    {
        var bound = State.Bound;
        for (var i = 0; i < Draws && bound.Count > 1; i++)
        {
            var one = (int)State.Random.Below((uint)bound.Count);
            var other = (int)State.Random.Below((uint)bound.Count);
            var shared =
                State.Devices[bound[one].Device].Options.Group == State.Devices[bound[other].Device].Options.Group;
            if (one == other || !shared)
                continue;
            var first = _calls.OnDevice(label, one);
            var second = _calls.OnDevice(label + 1, other);
            if (State.Random.Below(3) == 0)
                first = _calls.WithFault(first);
            if (CanMake([first, second]))
                return [first, second];
        }

        return null;
    }

    private bool CanMake(ImmutableArray<Call> pair) =>
        _executor.Machine.Prepare(pair[0]) is not null && _executor.Machine.Prepare(pair[1]) is not null;

    private static bool IsConcurrent(Call call) => IsPlain(call) && call.Kind is not (CallKind.Open or CallKind.Close);

    /// <summary>Nothing about it is huge or goes wrong on purpose.</summary>
    private static bool IsPlain(Call call) =>
        call.Place == StructPlace.Good
        && call.Fields.All(f => f.Value.Memory is not { } memory || memory.Size <= LargestMemory)
        && call.Fields.All(f => f.Name is not ("entry_num" or "req_num") || f.Value.Number < 16);

    /// <summary>
    /// VFIO makes one call at a time on a device. A driver drains what its device raised before it lets go of a
    /// domain; the selftest does it for the mock by a lock of its own; nothing does under VFIO.
    /// </summary>
    private static bool AreSerialised(Call one, Call other) =>
        one.Bound != 0 && one.Bound == other.Bound
        || one.Bound != 0 && RaisesFault(other)
        || other.Bound != 0 && RaisesFault(one)
        || one.Kind == CallKind.Bind && other.Kind == CallKind.Bind && one.Device == other.Device;

    private static bool RaisesFault(Call call) => IoctlTopics.Draws.Of(call.Verb).Raises == ObjectKind.FaultQueue;

    /// <summary>They name a common object, or concern devices that may share a group.</summary>
    private static bool AreRelated(Call one, Call other)
    {
        if (IsOnDevice(one) && IsOnDevice(other))
            return true;
        foreach (var mine in Named(one))
        {
            if (Named(other).Contains(mine))
                return true;
        }

        return false;
    }

    private static bool IsOnDevice(Call call) => call.Bound != 0 || call.Kind == CallKind.Bind;

    private static IEnumerable<(int, string?)> Named(Call call)
    {
        foreach (var (_, value) in call.Fields)
        {
            if (value.Label != 0)
                yield return (value.Label, value.Member);
        }

        if (call.Bound != 0)
            yield return (call.Bound, "idev");
    }
}

/// <summary>A race that went wrong, and the schedule under which it did.</summary>
internal sealed record RaceFinding(string Title, Race Race, string Schedule, string Detail);
