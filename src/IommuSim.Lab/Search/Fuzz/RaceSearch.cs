using System.Collections.Immutable;
using IommuSim.Kernel;

namespace IommuSim.Lab.Search.Fuzz;

/// <summary>
/// Draws pairs of calls on drawn states and runs each pair under every schedule up to a bound. Both
/// calls mostly concern one object, for only then does their order matter.
/// </summary>
internal sealed class RaceSearch : IDisposable
{
    private const int MaxSchedules = 300;
    private const int Draws = 12;
    private const ulong LargestMemory = 1 << 16;

    private readonly FuzzTarget _target;
    private readonly DeviceGenerator _devices;
    private readonly CallGenerator _calls;
    private readonly ResourceTable _known;
    private readonly SequenceExecutor _executor;
    private readonly ScheduleExplorer _explorer = new();

    public RaceSearch(FuzzTarget target)
    {
        _target = target;
        _devices = new DeviceGenerator(target);
        _calls = new CallGenerator(target);
        _known = new ResourceTable(target);
        _executor = new SequenceExecutor(target, hasModel: false);
    }

    /// <summary>Schedules run.</summary>
    public long Schedules { get; private set; }

    /// <summary>Draws the race of this seed and explores it; the finding or null.</summary>
    public RaceFinding? Run(ulong seed)
    {
        if (Draw(seed) is not { } race)
            return null;
        RaceFinding? found = null;
        var options = new ExploreOptions(PreemptionBound: 2, MaxSchedules: MaxSchedules);
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

    public void Dispose() => _explorer.Dispose();

    /// <summary>What is wrong after a run, or null.</summary>
    private string? Judge(RaceProgram program, Race race)
    {
        var reports = program.Machine.Reports;
        if (reports.Count > program.ReportsBefore)
            return reports[program.ReportsBefore].Title;
        if (program.Title is not null || program.AnyoneDied)
            return program.Title ?? "a task died without a report";
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
        var devices = _devices.Draw(ref random);
        if (DriverFaults.Any(devices))
            return null;
        var calls = ImmutableArray.CreateBuilder<Call>();
        var length = 3 + (int)random.Below(9);
        _known.Clear();
        _executor.Start(devices);
        var label = 1;
        for (var i = 0; i < length * 2 && calls.Count < length; i++)
        {
            var call = _calls.Next(label, _known, devices, ref random);
            if (!IsPlain(call) || call.Kind == CallKind.Close)
                continue;
            var outcome = _executor.Step(call);
            if (outcome.Title is not null)
                return null;
            if (!outcome.Made || !outcome.Result.Succeeded)
                continue;
            _known.Note(call, outcome, _executor.Machine);
            calls.Add(call);
            label++;
        }

        return DrawPair(label, devices, ref random) is { } pair
            ? new Race(new CallSequence(devices, calls.ToImmutable()), pair)
            : null;
    }

    private ImmutableArray<Call>? DrawPair(
        int label,
        ImmutableArray<DeviceDeclared> devices,
        ref SplitMix random
    )
    {
        Call? first = null;
        for (var i = 0; i < Draws; i++)
        {
            var call = _calls.Next(first is null ? label : label + 1, _known, devices, ref random);
            if (!IsConcurrent(call) || _executor.Machine.Prepare(call) is null)
                continue;
            if (first is null)
                first = call;
            else if (AreRelated(first, call) && !AreSerialised(first, call))
                return [first, call];
        }

        return null;
    }

    private static bool IsConcurrent(Call call) =>
        IsPlain(call) && call.Kind is not (CallKind.Open or CallKind.Close);

    /// <summary>Nothing about it is huge or goes wrong on purpose.</summary>
    private static bool IsPlain(Call call) =>
        call.InjectNth == 0
        && call.Place == StructPlace.Good
        && call.Fields.All(f => f.Value.Memory is not { } memory || memory.Size <= LargestMemory)
        && call.Fields.All(f => f.Name is not ("entry_num" or "req_num") || f.Value.Number < 16);

    /// <summary>VFIO makes one call at a time on a device.</summary>
    private static bool AreSerialised(Call one, Call other) =>
        one.Bound != 0 && one.Bound == other.Bound
        || one.Kind == CallKind.Bind && other.Kind == CallKind.Bind && one.Device == other.Device;

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
