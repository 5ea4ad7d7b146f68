using IommuSim.Machine;
using IommuSim.Source.Races;

namespace IommuSim.Source.Execution;

/// <summary>
/// One boot of a kernel made of C: its memory, its heap, and the state of the functions that stand behind the C.
/// </summary>
internal sealed class SourceMachine
{
    private readonly Dictionary<KernelTask, Cpu> _cpus = [];
    private Cpu? _running;

    /// <summary>Memory as the image has it: the kernel's initcalls have not run.</summary>
    internal SourceMachine(KernelImage image, KernelMachine machine)
    {
        Image = image;
        Machine = machine;
        Memory = image.Memory.Copy();
        Heap = new SourceHeap(Memory, image.End);
        Reporter = new Reporter(this);
        Memory.Judge = Reporter;
        PageStructs = new PageStructs(image);
        Points = new SwitchPoints(this);
        Provided = new ProvidedState(this);
    }

    private SourceMachine(SourceMachine booted, KernelMachine machine)
    {
        Image = booted.Image;
        Machine = machine;
        Memory = booted.Memory.Copy();
        Heap = booted.Heap.Copy(Memory);
        Reporter = new Reporter(this);
        Memory.Judge = Reporter;
        PageStructs = booted.PageStructs.Copy();
        Points = new SwitchPoints(this);
        Provided = booted.Provided.Copy(this);
    }

    public KernelImage Image { get; }

    /// <summary>Decisions, reports, tasks, lock checking.</summary>
    public KernelMachine Machine { get; }

    public KernelMemory Memory { get; }

    public SourceHeap Heap { get; }

    /// <summary>What the kernel notes of each page.</summary>
    public PageStructs PageStructs { get; }

    public FunctionTable Functions => Image.Functions;

    /// <summary>What the provided functions keep.</summary>
    public ProvidedState Provided { get; }

    internal Reporter Reporter { get; }

    internal SwitchPoints Points { get; }

    /// <summary>Looks for data races; null where nobody asked for it.</summary>
    internal RaceDetector? Races { get; private set; }

    /// <summary>Follows reference counts; null where nobody asked for it.</summary>
    internal ReferenceTrace? References { get; private set; }

    /// <summary>What the running task runs on.</summary>
    public Cpu Running =>
        _running is { } cpu && ReferenceEquals(cpu.Task, Machine.Current) ? cpu : CpuOf(Machine.Current);

    /// <summary>From now on data races of tasks under a scheduler are reported.</summary>
    internal void WatchRaces(RacePoints points) => Memory.Watch = Races = new RaceDetector(this, points);

    /// <summary>From now on the reference counts of objects are followed, in place of data races.</summary>
    internal void TraceReferences() => Memory.Watch = References = new ReferenceTrace(this);

    /// <summary>Whether the address is that of a variable of some task's functions.</summary>
    internal bool IsOnStack(ulong address)
    {
        foreach (var cpu in _cpus.Values)
        {
            if (cpu.IsOnStack(address))
                return true;
        }

        return false;
    }

    /// <summary>A machine of its own in the state in which this one is now.</summary>
    internal SourceMachine Copy(KernelMachine machine) => new(this, machine);

    /// <summary>A task died: it took locks and references along.</summary>
    public bool AnyoneDied { get; private set; }

    /// <summary>The running task died.</summary>
    internal void Bury()
    {
        Machine.Bury();
        AnyoneDied = true;
    }

    /// <summary>Whether a task died while it held the spinlock at this address.</summary>
    internal bool HasDeadHolder(ulong spinlock) =>
        _cpus.Values.Any(cpu => cpu.Task.Dead && cpu.SpinLocks.Exists(held => held.Address == spinlock));

    /// <summary>No task holds the spinlock at this address.</summary>
    internal void ForgetHolders(ulong spinlock)
    {
        foreach (var cpu in _cpus.Values)
        {
            for (var i = cpu.SpinLocks.Count - 1; i >= 0; i--)
            {
                if (cpu.SpinLocks[i].Address == spinlock)
                    cpu.SpinLocks.RemoveAt(i);
            }
        }
    }

    /// <summary>What this task runs on; made when it first enters the kernel.</summary>
    public Cpu CpuOf(KernelTask task)
    {
        if (_running is { } running && ReferenceEquals(running.Task, task))
            return running;
        if (!_cpus.TryGetValue(task, out var cpu))
            _cpus.Add(task, cpu = Provided.Tasks.CreateCpu(this, task, _cpus.Count));
        return _running = cpu;
    }
}
