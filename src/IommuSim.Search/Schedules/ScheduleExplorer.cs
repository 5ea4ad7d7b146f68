using System.Collections.Concurrent;
using IommuSim.Machine.State;

namespace IommuSim.Search.Schedules;

/// <summary>
/// Runs a concurrent program under every schedule up to a bound, and then under random ones. Each run begins with the
/// program in the same state.
/// </summary>
internal sealed class ScheduleExplorer : IDisposable
{
    /// <summary>Threads cost more than most explorations: one that ends leaves them to the next.</summary>
    private static readonly ConcurrentBag<Interleaver> s_idle = [];

    private readonly Interleaver _interleaver = s_idle.TryTake(out var idle) ? idle : new();

    /// <summary>False runs equivalent schedules too, to test the reduction.</summary>
    internal bool Reduces { get; init; } = true;

    /// <summary>False makes the program of each run anew, to test that this is the same.</summary>
    internal bool Restores { get; init; } = true;

    /// <summary>Schedules run so far, redundant ones not counted.</summary>
    public long Schedules { get; private set; }

    /// <summary>How many of them were drawn from the seed.</summary>
    public long RandomSchedules { get; private set; }

    /// <summary>With which the last run was looked at; see <see cref="Interleaving.Points"/>.</summary>
    public string LastPoints { get; private set; } = "";

    /// <summary>
    /// Explores; <paramref name="judge"/> sees every run that is not a repetition, with its replay string on
    /// demand, and ends the exploration by returning false.
    /// </summary>
    public ExploreCoverage Explore<T>(
        Func<T> start,
        ExploreOptions options,
        Func<T, ScheduleExplorer, bool> judge,
        CancellationToken cancellation = default
    )
        where T : Interleaving
    {
        Schedules = 0;
        RandomSchedules = 0;
        using var together = _interleaver.StayTogether();
        using var programs = new Programs<T>(start, Restores);
        var program = programs.Next();
        var tree = new ScheduleTree(options.PreemptionBound, Reduces, program.TellsAll);
        for (var isNew = true; isNew || tree.Advance(); )
        {
            isNew = false;
            tree.Restart();
            if (Schedules > 0)
                program = programs.Next();
            LastPoints = program.Points;
            _interleaver.Run(program, tree);
            if (tree.IsRedundant)
                continue;
            Schedules++;
            if (!judge(program, this) || cancellation.IsCancellationRequested)
                return ExploreCoverage.Sampled;
            if (Schedules >= options.MaxSchedules)
                return Sample(programs, options, judge, cancellation);
            if (!program.HasNewPoints)
                continue;
            // Choices were counted without the new points: the walk begins again with them.
            tree = new ScheduleTree(options.PreemptionBound, Reduces, program.TellsAll);
            isNew = true;
        }

        if (!tree.WasBounded)
            return ExploreCoverage.Exhausted;
        if (options.RandomSchedules > 0)
            Sample(programs, options, judge, cancellation);
        return ExploreCoverage.Bounded;
    }

    /// <summary>Runs one schedule and records its steps.</summary>
    public IReadOnlyList<ExecutedStep> Replay(Interleaving program, ISchedule schedule)
    {
        _interleaver.Records = true;
        _interleaver.Run(program, schedule);
        _interleaver.Records = false;
        return [.. _interleaver.Executed];
    }

    /// <summary>The replay string of the last run.</summary>
    public string LastSchedule() => RecordedSchedule.Format(_interleaver.Choices) + LastPoints;

    /// <summary>How often the processor changed hands in the last run.</summary>
    public int LastSwitches => _interleaver.Switches;

    public void Dispose() => s_idle.Add(_interleaver);

    private ExploreCoverage Sample<T>(
        Programs<T> programs,
        ExploreOptions options,
        Func<T, ScheduleExplorer, bool> judge,
        CancellationToken cancellation
    )
        where T : Interleaving
    {
        for (var i = 0; i < options.RandomSchedules && !cancellation.IsCancellationRequested; i++)
        {
            var program = programs.Next();
            LastPoints = program.Points;
            _interleaver.Run(program, new RandomSchedule(options.Seed + (ulong)i));
            Schedules++;
            RandomSchedules++;
            if (!judge(program, this))
                break;
        }

        return ExploreCoverage.Sampled;
    }

    /// <summary>
    /// The programs of the runs. From the second on it is one and the same, put back to where it began: an exploration
    /// of one run needs no checkpoint.
    /// </summary>
    private sealed class Programs<T>(Func<T> start, bool restores) : IDisposable
        where T : Interleaving
    {
        private T? _program;
        private Checkpoint? _checkpoint;

        public T Next()
        {
            if (_checkpoint is { } checkpoint && !_program!.HasNewPoints)
            {
                checkpoint.Restore();
                return _program;
            }

            var isFirst = _program is null;
            _program?.Dispose();
            _program = start();
            _checkpoint = isFirst || !restores ? null : _program.TakeCheckpoint();
            return _program;
        }

        public void Dispose() => _program?.Dispose();
    }
}

/// <summary>How far an exploration goes.</summary>
/// <param name="PreemptionBound">How often a running task may be interrupted in one schedule.</param>
/// <param name="MaxSchedules">Schedules after which the systematic walk ends.</param>
/// <param name="RandomSchedules">Schedules drawn from the seed when the walk did not see everything.</param>
/// <param name="Seed">Where the random schedules come from.</param>
/// <param name="Races">Looks for data races, in kernels made of C.</param>
public sealed record ExploreOptions(
    int PreemptionBound = 2,
    int MaxSchedules = 200_000,
    int RandomSchedules = 0,
    ulong Seed = 1,
    bool Races = false
);

/// <summary>How much of all schedules an exploration saw; always said.</summary>
public enum ExploreCoverage
{
    /// <summary>Every schedule, up to steps that commute.</summary>
    Exhausted,

    /// <summary>Every schedule with at most as many preemptions as the bound.</summary>
    Bounded,

    /// <summary>Some.</summary>
    Sampled,
}
