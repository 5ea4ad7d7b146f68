using IommuSim.Machine;
using IommuSim.Search.Oracles;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.TestKit;

/// <summary>Runs a few lambdas at once, under every schedule.</summary>
public static class Schedules
{
    private const int MostTasks = Interleaving.MaxTasks;

    /// <summary>
    /// Boots the kernel anew for each schedule, makes the set-up, and then runs the tasks, which change over wherever
    /// one touches what another can see. Afterwards the program ends, as <see cref="SimulatedKernel.Dispose"/> says.
    /// </summary>
    /// <param name="kernel">As for <see cref="SimulatedKernel.Boot"/>.</param>
    /// <param name="setUp">Makes what the tasks share. It must do the same each time.</param>
    /// <param name="tasks">Two to eight. Each must do the same in each run but for what the kernel returns.</param>
    /// <param name="preemptions">How often a running task may be interrupted in one schedule.</param>
    /// <param name="mostSchedules">Ends the exploration, which then says that it was cut.</param>
    /// <exception cref="ArgumentException">
    /// There is no such kernel, or no such number of tasks; one sentence.
    /// </exception>
    public static ExploredSchedules Explore<T>(
        string kernel,
        Func<SimulatedKernel, T> setUp,
        IReadOnlyList<Action<T>> tasks,
        int preemptions = 2,
        int mostSchedules = 200_000
    )
    {
        ArgumentNullException.ThrowIfNull(setUp);
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count is < 2 or > MostTasks)
            throw new ArgumentException($"{tasks.Count} tasks; expected 2 to {MostTasks}", nameof(tasks));
        var chosen = ChosenKernel.Of(kernel, []);
        var witnesses = new SortedDictionary<string, (string Schedule, int Switches)>(StringComparer.Ordinal);
        using var explorer = new ScheduleExplorer();
        var coverage = explorer.Explore(
            Start,
            new ExploreOptions(preemptions, mostSchedules),
            (program, run) =>
            {
                foreach (var title in program.End())
                {
                    if (!witnesses.TryGetValue(title, out var known) || run.LastSwitches < known.Switches)
                        witnesses[title] = (run.LastSchedule(), run.LastSwitches);
                }

                return true;
            },
            CancellationToken.None
        );
        var schedules = explorer.Schedules;
        return new ExploredSchedules(schedules, coverage, [.. witnesses.Select(w => Draw(w.Key, w.Value.Schedule))]);

        LambdaInterleaving<T> Start() => new(new SimulatedKernel(chosen), setUp, tasks);

        ScheduleSeen Draw(string title, string schedule)
        {
            if (!RecordedSchedule.TryParse(schedule, tasks.Count, out var recorded, out var error))
                throw new InvalidOperationException(error);
            var program = Start();
            var steps = explorer.Replay(program, recorded!);
            program.End();
            return new ScheduleSeen(title, schedule, ScheduleDiagram.Render(steps, tasks.Count));
        }
    }
}

/// <summary>What all schedules together came to.</summary>
/// <param name="Count">Schedules that ran.</param>
/// <param name="Coverage">How much that is of all there are.</param>
/// <param name="Seen">
/// What some schedule shows, by title: reports, deaths, broken invariants, exceptions of tasks.
/// </param>
public sealed record ExploredSchedules(long Count, ExploreCoverage Coverage, IReadOnlyList<ScheduleSeen> Seen)
{
    /// <summary>One line of what was run, and the diagram of each thing seen.</summary>
    public override string ToString() =>
        string.Join('\n', Seen.Select(seen => seen.ToString()).Prepend($"{Count} schedules, {Coverage}"));
}

/// <summary>Something that a schedule shows.</summary>
/// <param name="Title">A report's title, <c>I4: ...</c> for an invariant, or an exception's message.</param>
/// <param name="Schedule">The schedule, of those that show it one with few changes of the processor.</param>
/// <param name="Diagram">The schedule in columns, CPU0, CPU1 and so on.</param>
public sealed record ScheduleSeen(string Title, string Schedule, string Diagram)
{
    /// <inheritdoc />
    public override string ToString() => $"{Title}\nschedule {Schedule}\n{Diagram}";
}

/// <summary>One run of lambdas on a kernel.</summary>
internal sealed class LambdaInterleaving<T> : KernelInterleaving
{
    private readonly SimulatedKernel _kernel;
    private readonly IReadOnlyList<Action<T>> _lambdas;
    private readonly ProgramTask[] _tasks;
    private readonly T _shared;
    private readonly List<Violation> _violations = [];
    private string? _thrown;

    public LambdaInterleaving(SimulatedKernel kernel, Func<SimulatedKernel, T> setUp, IReadOnlyList<Action<T>> lambdas)
    {
        _kernel = kernel;
        _lambdas = lambdas;
        _shared = setUp(kernel);
        _tasks = kernel.NewTasks(lambdas.Count);
    }

    public override Iommu.Syscalls.IKernel Kernel => _kernel.Running;

    public override int TaskCount => _tasks.Length;

    /// <summary>Lambdas may keep what they like, which no checkpoint puts back.</summary>
    public override Machine.State.Checkpoint? TakeCheckpoint() => null;

    public override void RunTask(int task)
    {
        _kernel.GoOnAs(_tasks[task]);
        try
        {
            _lambdas[task](_shared);
        }
        catch (Exception e) when (e is not TaskDiedException)
        {
            _thrown ??= $"P{task}: {e.Message}";
        }
    }

    public override void Resume(int task) => _kernel.GoOnAs(_tasks[task]);

    /// <summary>The program ends; returns what was seen in all.</summary>
    public IEnumerable<string> End()
    {
        _kernel.GoOnAs(_tasks[0]);
        if (Machine.Reports.Count == 0 && !_kernel.AnyoneDied)
            InvariantChecker.Check(Kernel, _violations);
        _kernel.Dispose();
        IEnumerable<string> seen = Machine.Reports.Select(report => report.Title);
        seen = seen.Concat(_violations.Select(violation => violation.Title));
        return (_thrown is null ? seen : seen.Append(_thrown)).Distinct(StringComparer.Ordinal);
    }
}
