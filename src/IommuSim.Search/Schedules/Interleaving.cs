using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.State;

namespace IommuSim.Search.Schedules;

/// <summary>One run of a concurrent program: a machine after its set-up, and what each task then does.</summary>
internal abstract class Interleaving : IDisposable
{
    /// <summary>Of the program and of the kernel together.</summary>
    public const int MaxTasks = 8;

    public abstract KernelMachine Machine { get; }

    /// <summary>Threads of the kernel's own that began in this run; their numbers follow the tasks'.</summary>
    public List<KernelTask> Started { get; } = [];

    public abstract int TaskCount { get; }

    /// <summary>Told of calls and their results while a run is recorded; else null.</summary>
    public Action<ExecutedKind, string>? Observer { get; set; }

    /// <summary>
    /// Whether a step touches nothing but what it tells. A kernel made of C does not tell its plain accesses, and where
    /// they race, steps that seem to commute do not.
    /// </summary>
    public virtual bool TellsAll => true;

    /// <summary>Whether diagrams have steps on what no other task touched: kernels made of C make very many.</summary>
    public virtual bool ShowsPrivateSteps => true;

    /// <summary>
    /// What the schedules of this run were looked at with, as the end of a replay string: <c>@</c> and the places of
    /// data races at which tasks can be switched away from. Empty where none are looked for.
    /// </summary>
    public virtual string Points => "";

    /// <summary>
    /// The run has found places at which tasks could be switched away from, beside <see cref="Points"/>: programs that
    /// begin from now on have them too.
    /// </summary>
    public virtual bool HasNewPoints => false;

    /// <summary>
    /// The program as it is before its tasks run, to run them again from there; null where it is sooner made anew.
    /// </summary>
    public virtual Checkpoint? TakeCheckpoint() => null;

    /// <summary>It will not run again; what it reported can still be looked at.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>A step as diagrams have it.</summary>
    /// <param name="site">The kernel function.</param>
    /// <param name="obj">What it touches in the resource; null where the resource is all.</param>
    public virtual string Describe(object resource, string site, HeapObject? obj) =>
        obj is null ? site : $"{site}({obj})";

    /// <summary>Runs all of a task's steps; enters and leaves the kernel itself.</summary>
    public abstract void RunTask(int task);

    /// <summary>The task has the processor again, and is in the call that it was in.</summary>
    public virtual void Resume(int task) { }
}
