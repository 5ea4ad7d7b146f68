using IommuSim.Machine;

namespace IommuSim.Search.Schedules;

/// <summary>One run of a concurrent program: a machine after its set-up, and what each task then does.</summary>
public abstract class Interleaving
{
    public abstract KernelMachine Machine { get; }

    public abstract int TaskCount { get; }

    /// <summary>Told of calls and their results while a run is recorded; else null.</summary>
    public Action<ExecutedKind, string>? Observer { get; set; }

    /// <summary>Runs all of a task's steps; enters and leaves the kernel itself.</summary>
    public abstract void RunTask(int task);

    /// <summary>The task has the processor again: it is the machine's running task.</summary>
    public abstract void Resume(int task);
}
