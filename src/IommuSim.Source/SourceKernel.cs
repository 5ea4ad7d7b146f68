using System.Runtime.CompilerServices;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;
using IommuSim.Source.Devices;
using IommuSim.Source.Execution;
using IommuSim.Source.Objects;
using IommuSim.Source.Provided;
using IommuSim.Source.Races;
using IommuSim.Uapi;

namespace IommuSim.Source;

/// <summary>
/// A kernel made of C: its own iommufd and IOMMU core, translated, behind the calls that every kernel has. Each boot is
/// a copy of the machine as the initcalls left it.
/// </summary>
internal sealed partial class SourceKernel : IKernel, IDisposable
{
    /// <summary>In the order in which Linux calls them.</summary>
    private static readonly string[] s_initcalls = ["iommu_init", "iommu_subsys_init", "iommufd_init"];

    private static readonly ConditionalWeakTable<KernelImage, Lazy<SourceMachine>> s_booted = [];

    private readonly SourceMachine _source;
    private StructView? _structs;

    /// <summary>Calls that tasks are in the middle of.</summary>
    private int _callsInside;

    /// <summary>All was closed while a task was in the middle of a call.</summary>
    private bool _isLeakCheckDue;

    /// <summary>Blocks that were reported as lost.</summary>
    private readonly HashSet<HeapObject> _leaked = [];
    private readonly HashSet<string> _remains = new(StringComparer.Ordinal);

    private SourceKernel(SourceMachine source) => _source = source;

    public KernelMachine Machine => _source.Machine;

    public KernelImage Image => _source.Image;

    internal KernelMemory Memory => _source.Memory;

    /// <summary>The kernel from inside.</summary>
    public StructView Structs => _structs ??= new StructView(_source);

    public IDescriptorAllocator Descriptors
    {
        get => _source.Provided.Files.Descriptors ?? OwnNumbers.Instance;
        set => _source.Provided.Files.Descriptors = value;
    }

    /// <inheritdoc />
    public (ulong Pinned, ulong Locked) PagesOf(IUserMemory memory) => _source.Provided.Tasks.PagesOf(_source, memory);

    /// <summary>The running task died, or one before it: what it held is held for ever.</summary>
    public bool AnyoneDied => _source.AnyoneDied;

    /// <summary>
    /// Gives the kernel's memory to the next one that boots, which saves a search a tenth of its time. What is disposed
    /// must not be called again; its reports stay.
    /// </summary>
    public void Dispose()
    {
        Memory.Release();
        _source.Points.Release();
    }

    /// <summary>
    /// From now on data races of tasks under a scheduler are reported, and tasks can be switched away from at the
    /// places that are known. Those of new races are added to them, for the runs to come.
    /// </summary>
    public void WatchRaces(RacePoints points) => _source.WatchRaces(points);

    /// <summary>
    /// From now on the reference counts of iommufd's objects are followed, which makes calls several times slower.
    /// </summary>
    public void TraceReferences() => _source.TraceReferences();

    /// <summary>
    /// What calls have taken and not given back since <see cref="TraceReferences"/>: the call, the object, and the
    /// functions of the C with file and line that took it, a line each.
    /// </summary>
    public IReadOnlyList<string> KeptReferences => _source.References?.Kept(Files.OpenCount == 0) ?? [];

    /// <summary>This run has seen a race at a place where no task could be switched away from.</summary>
    public bool HasNewRaces => _source.Races is { HasNewPlaces: true };

    /// <summary>
    /// A step of the running task for a diagram: the function of the C with file and line, and what it touches.
    /// </summary>
    /// <param name="resource">As a scheduler is told of it.</param>
    /// <param name="site">What to name where no C is running.</param>
    public string DescribeStep(object resource, string site)
    {
        var cpu = _source.Running;
        var place = cpu.Site == 0 ? site : Image.Sites.Brief(cpu.Site);
        return resource switch
        {
            MemoryPlace memory => $"{place} ({_source.Points.NameOf(cpu, memory)})",
            KernelLock held => $"{place} ({held.Class.Name})",
            _ => place,
        };
    }

    /// <summary>A new machine that runs this kernel. The first one of an image also runs its initcalls.</summary>
    public static SourceKernel Boot(KernelImage image, BuildSwitches build)
    {
        var booted = s_booted.GetValue(image, static i => new Lazy<SourceMachine>(() => RunInitcalls(i))).Value;
        var machine = new KernelMachine(build);
        // What the initcalls did wrong, every boot does.
        foreach (var report in booted.Machine.Reports)
            machine.Report(report.Kind, report.Function, report.Detail);
        return new SourceKernel(booted.Copy(machine));
    }

    /// <summary>The name of an ioctl as reports have it; the number where it has none.</summary>
    internal static string NameOf(uint request) =>
        request >> 8 == IoctlNumber.IOMMUFD_TYPE && s_ioctls.TryGetValue(request & 0xff, out var name)
            ? name
            : $"ioctl 0x{request:x}";

    private static SourceMachine RunInitcalls(KernelImage image)
    {
        var source = new SourceMachine(image, new KernelMachine(BuildSwitches.Default));
        ExternalVariables.Initialise(source);
        var cpu = source.Running;
        Kobjects.Boot(cpu);
        foreach (var initcall in s_initcalls)
        {
            if (!image.Has(initcall))
                continue;
            var rc = (int)cpu.Call(initcall);
            source.Provided.Deferred.RunAll(cpu);
            if (rc != 0)
                throw new InvalidOperationException($"the kernel does not boot: {initcall} returned {rc}");
        }

        MockOps.Install(cpu);
        return source;
    }

    /// <summary>
    /// One call of a task into the kernel. What it left to do later is done before it returns; a task that dies in it
    /// makes no further call.
    /// </summary>
    /// <param name="function">Returns 0 or more, or a negative errno.</param>
    private SyscallResult Run(KernelTask task, string call, Func<Cpu, long> function) =>
        Run(task, call, function, static (cpu, function) => function(cpu), out _);

    /// <summary>The same for a function that needs no object of its own, so that none is made for each call.</summary>
    /// <param name="returned">What the function returned; 0 where the task died.</param>
    private SyscallResult Run<T>(
        KernelTask task,
        string call,
        T arguments,
        Func<Cpu, T, long> function,
        out long returned
    )
    {
        returned = 0;
        Machine.Enter(task, call);
        _source.Reporter.BeginCall();
        // Where a call begins another task can run; which of two calls begins first, neither can see.
        Machine.Reach(_source, Touch.Read, call);
        _callsInside++;
        var cpu = _source.CpuOf(task);
        cpu.WasRefused = false;
        cpu.Repetitions = 0;
        try
        {
            _source.Provided.Tasks.NoteEnded(cpu);
            _source.Provided.Tasks.NoteLimit(cpu);
            returned = function(cpu, arguments);
            _source.Provided.Deferred.RunAll(cpu);
            _source.References?.EndCall(call, returned);
            Machine.Leave();
            if (--_callsInside == 0 && _isLeakCheckDue)
                ReportLeaks();
            return SyscallResult.Of(ErrnoOf(returned));
        }
        catch (TaskDiedException)
        {
            _source.Bury();
            return SyscallResult.Died;
        }
    }

    private static Errno ErrnoOf(long rc) => rc < 0 ? (Errno)(-rc) : Errno.OK;

    private sealed class OwnNumbers : IDescriptorAllocator
    {
        public static readonly OwnNumbers Instance = new();

        public Errno Reserve(KernelTask task, int file, out int number)
        {
            number = file;
            return Errno.OK;
        }

        public void Cancel(int file, int number) { }

        public void Install(int file, int number) { }

        public bool TryFind(KernelTask task, int number, out int file)
        {
            file = number;
            return true;
        }
    }
}
