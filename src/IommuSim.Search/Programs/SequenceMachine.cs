using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Source;

namespace IommuSim.Search.Programs;

/// <summary>
/// A machine on which the calls of a sequence are made one by one. Keeps what VFIO keeps: what is
/// bound and attached, so that no driver-side call is made that VFIO would not make.
/// </summary>
internal sealed partial class SequenceMachine
{
    /// <summary>How the result is called that is a descriptor.</summary>
    public const string FileMember = "file";

    private readonly SearchMemory _memory = new();
    private readonly Dictionary<(int Label, string Member), ulong> _results = [];
    private readonly List<BoundHandle> _bound = [];
    private readonly List<(int Label, int Descriptor)> _files = [];
    private readonly List<IKernelDevice> _devices = [];
    private readonly List<string> _drivers = [];
    private readonly List<(int Label, int Descriptor)> _queues = [];
    private readonly List<(int Label, int Descriptor)> _others = [];
    private readonly SearchMemory _childMemory = new();
    private KernelTask? _child;
    private PreparedCall? _last;
    private readonly MemoryPlacer _placer;
    private int _tasks;

    public SequenceMachine(SearchTarget target)
    {
        Target = target;
        _placer = new MemoryPlacer(_memory, this);
    }

    public SearchTarget Target { get; }

    /// <summary>The kernel as its programs see it.</summary>
    public IKernel Running { get; private set; } = null!;

    /// <summary>The kernel from inside; only of a modelled one.</summary>
    public IommufdKernel Kernel => (IommufdKernel)Running;

    public KernelTask Task { get; private set; } = null!;

    public SearchMemory Memory => _memory;

    /// <summary>
    /// Whether machines that boot from now on follow the reference counts of a kernel made of C: slow, for a run whose
    /// finding is known.
    /// </summary>
    public bool TracesReferences { get; set; }

    /// <summary>What calls took and did not give back, where that is followed.</summary>
    public IReadOnlyList<string> KeptReferences => (Running as SourceKernel)?.KeptReferences ?? [];

    /// <summary>The devices that were bound and not unbound, the first bound first.</summary>
    public List<BoundHandle> Bound => _bound;

    /// <summary>The descriptors that are open.</summary>
    public List<(int Label, int Descriptor)> Files => _files;

    /// <summary>The descriptors of queues that are open, by the label of the call that made them.</summary>
    public List<(int Label, int Descriptor)> Queues => _queues;

    /// <summary>The descriptors of other files that calls have returned.</summary>
    public List<(int Label, int Descriptor)> Others => _others;

    /// <summary>RLIMIT_MEMLOCK of the program in pages; null for none.</summary>
    public ulong? LockedPages { get; private set; }

    /// <summary>
    /// Boots, plugs in the devices and opens the first descriptor. False where a kernel made of C has no such device.
    /// </summary>
    public bool Boot(IReadOnlyList<DeviceDeclared> devices, ulong? lockedPages = null)
    {
        LockedPages = lockedPages;
        _child = null;
        _childMemory.Reset();
        _others.Clear();
        (Running as IDisposable)?.Dispose();
        Running = Target.BootAny();
        if (TracesReferences)
            (Running as SourceKernel)?.TraceReferences();
        _memory.Reset();
        _results.Clear();
        _bound.Clear();
        _files.Clear();
        _queues.Clear();
        _devices.Clear();
        _drivers.Clear();
        _tasks = 0;
        Task = NewTask();
        foreach (var (driver, options) in devices)
        {
            if (!Running.TryAddDevice(driver, options, out var device, out _))
            {
                if (Target.IsSource)
                    return false;
                continue;
            }

            _devices.Add(device);
            _drivers.Add(driver);
        }

        Running.Open(Task, out var descriptor);
        _files.Add((0, descriptor));
        return true;
    }

    /// <summary>Whether user memory could not be accessed in the last call.</summary>
    public bool MetCopyFault(in StepOutcome outcome) =>
        Memory.Faults + _childMemory.Faults > 0 || (outcome.Injected && outcome.InjectedKind == DecisionKind.Copy);

    /// <summary>Bytes of the call's struct in the running kernel: that of a kernel made of C may have grown.</summary>
    public ulong StructSizeOf(IoctlPlan plan)
    {
        var size = (ulong)plan.Size;
        return Running is SourceKernel { Image: var image } && image.HasStruct(plan.Layout.CName)
            ? Math.Max(size, image.SizeOf(plan.Layout.CName))
            : size;
    }

    /// <summary>A further thread of the program.</summary>
    public KernelTask NewTask() => NewTask(_memory);

    private KernelTask NewTask(SearchMemory memory) =>
        new($"P{_tasks++}", memory) { LockedMemoryLimit = LockedPages * UserAddressSpace.PageSize };

    /// <summary>An id that a call returned; 0 when it did not.</summary>
    public ulong ResultOf(int label, string member) => _results.GetValueOrDefault((label, member));

    /// <summary>A field of the last call that succeeded, as it left it; 0 for none.</summary>
    public ulong FieldOf(Call call, string name) => _last?.Call == call ? _last.FieldAfter(name) : 0;

    /// <summary>The descriptor of a file or a queue by the label of the call that made it, or -1.</summary>
    public int DescriptorOf(int label)
    {
        var file = _files.FindIndex(f => f.Label == label);
        if (file >= 0)
            return _files[file].Descriptor;
        var queue = _queues.FindIndex(q => q.Label == label);
        if (queue >= 0)
            return _queues[queue].Descriptor;
        var other = _others.FindIndex(o => o.Label == label);
        return other >= 0 ? _others[other].Descriptor : -1;
    }

    /// <summary>The label of the file on which the device was bound, or -1.</summary>
    public int FileOf(BoundHandle handle)
    {
        var file = _files.FindIndex(f => f.Descriptor == handle.Descriptor);
        return file >= 0 ? _files[file].Label : -1;
    }

    /// <summary>The driver of a device by its number in the sequence.</summary>
    public string DriverOf(int device) => _drivers[device];

    public BoundHandle? BoundBy(int label) => _bound.Find(handle => handle.Label == label);

    /// <summary>What VFIO and the end of the process do: all that is attached, bound or open is given back.</summary>
    public Call[] CallsToGiveBack() =>
        [
            .. _bound.Where(b => b.Attached).Select(b => Call.OnDevice(-1, CallKind.Detach, b.Label)),
            .. _bound.Select(b => Call.OnDevice(-1, CallKind.Unbind, b.Label)),
            .. _queues
                .Concat(_others)
                .Concat(_files)
                .Select(f => new Call(-1, CallKind.Close, "close") { File = f.Label }),
        ];

    /// <summary>
    /// Puts the call's memory in place; null for one that VFIO would not make in this state, which is
    /// then left out.
    /// </summary>
    public PreparedCall? Prepare(Call call)
    {
        switch (call.Kind)
        {
            case CallKind.Ioctl:
                return PrepareIoctl(call);
            case CallKind.Open:
                return new PreparedCall { Call = call };
            case CallKind.Close:
                return CanClose(call.File)
                    ? new PreparedCall { Call = call, Descriptor = DescriptorOf(call.File) }
                    : null;
            case CallKind.Read or CallKind.Write or CallKind.Poll:
                return PrepareTransfer(call);
            case CallKind.Bind:
                return PrepareBind(call);
            default:
                return PrepareDeviceCall(call);
        }
    }

    /// <summary>Makes the call and keeps what came of it; null for one that VFIO would not make.</summary>
    public SyscallResult? Make(Call call)
    {
        if (Prepare(call) is not { } made)
            return null;
        var result = made.Issue(Running, Task);
        if (!result.Killed)
            Keep(made, result);
        return result;
    }

    /// <summary>Keeps what the program and VFIO learn from a call that returned.</summary>
    public void Keep(PreparedCall made, SyscallResult result)
    {
        var call = made.Call;
        if (call.Kind == CallKind.Close)
        {
            _files.RemoveAll(file => file.Label == call.File);
            _queues.RemoveAll(queue => queue.Label == call.File);
            _others.RemoveAll(other => other.Label == call.File);
        }

        if (made.Bound is { } handle)
        {
            handle.Attached =
                call.Kind == CallKind.Detach ? false
                : call.Kind is CallKind.Attach or CallKind.Replace ? handle.Attached || result.Succeeded
                : handle.Attached;
            if (call.Kind == CallKind.Unbind)
                _bound.Remove(handle);
        }

        if (!result.Succeeded)
            return;
        _last = made;
        switch (call.Kind)
        {
            case CallKind.Open:
                _files.Add((call.Label, made.MadeDescriptor));
                break;
            case CallKind.Bind:
                _bound.Add(new BoundHandle(call.Label, call.Device, made.Descriptor, made.MadeBinding!));
                _results[(call.Label, "idev")] = made.MadeBinding!.Id;
                break;
            case CallKind.Attach or CallKind.Replace:
                _results[(call.Label, "pt")] = made.PtId;
                break;
            case CallKind.Ioctl:
                KeepIds(made);
                KeepFile(made, result);
                break;
        }
    }

    /// <summary>Whether a mock device that only the machine knows would outlive its context.</summary>
    private bool CanClose(int label)
    {
        var descriptor = DescriptorOf(label);
        return descriptor >= 0 && !_bound.Exists(b => b.Descriptor == descriptor && _drivers[b.Index] == "mock");
    }

    private PreparedCall? PrepareTransfer(Call call)
    {
        var descriptor = DescriptorOf(call.File);
        if (descriptor < 0)
            return null;
        var (buffer, count) = (0ul, 0ul);
        foreach (var (name, value) in call.Fields)
        {
            var number = value.Memory is { } spec ? _placer.PlaceAtEnd(spec) : NumberOf(value);
            (buffer, count) = name == Call.Buffer ? (number, count) : (buffer, number);
        }

        return new PreparedCall
        {
            Call = call,
            Descriptor = descriptor,
            Buffer = buffer,
            Count = count,
        };
    }

    private PreparedCall? PrepareBind(Call call)
    {
        if (call.Device >= _devices.Count || DescriptorOf(call.File) is not (>= 0 and var descriptor))
            return null;
        if (_bound.Exists(handle => handle.Index == call.Device))
            return null;
        return new PreparedCall
        {
            Call = call,
            Device = _devices[call.Device],
            Descriptor = descriptor,
        };
    }

    private PreparedCall? PrepareDeviceCall(Call call)
    {
        if (BoundBy(call.Bound) is not { } handle)
            return null;
        if (call.Kind == CallKind.Detach && !handle.Attached)
            return null;
        if (call.Kind == CallKind.Unbind && handle.Attached)
            return null;
        var id = call.Fields.Length > 0 ? (uint)NumberOf(call.Fields[0].Value) : 0;
        return new PreparedCall
        {
            Call = call,
            Bound = handle,
            PtIdAsked = id,
            PtId = id,
        };
    }

    private PreparedCall? PrepareIoctl(Call call)
    {
        if (!Target.Plans.TryGetValue(call.Verb, out var plan))
            return null;
        var descriptor = DescriptorOf(call.File);
        if (descriptor < 0)
            return null;
        var behind = call.Tail is null ? 0 : 1;
        var size = call.Size ?? (ulong)(plan.Size + behind);
        if (call.Place == StructPlace.Null)
            return new PreparedCall
            {
                Call = call,
                Plan = plan,
                Descriptor = descriptor,
            };
        var access = call.Place switch
        {
            StructPlace.ReadOnly => PageAccess.ReadOnly,
            StructPlace.Unmapped => PageAccess.Absent,
            _ => PageAccess.ReadWrite,
        };
        var length = Math.Min(Math.Max(size, (ulong)(plan.Size + behind)), SearchMemory.Largest);
        var by = call.IsOfChild ? _child ??= NewTask(_childMemory) : null;
        _childMemory.ResetCounters();
        var argument = (by is null ? _memory : _childMemory).Map(length, access, 0, isCounted: false);
        var passed = new List<(string, SearchMemory.Mapping, MemorySpec)>();
        var head = argument.Head;
        if (plan.Op is { } op && plan.Fields.TryGetValue("op", out var opField))
            MemoryPlacer.Write(head, opField.Offset, opField.Size, op);
        foreach (var (name, value) in call.Fields)
        {
            if (!plan.Fields.TryGetValue(name, out var field))
                continue;
            if (value.Memory is { IsFile: true } file)
            {
                MemoryPlacer.Write(head, field.Offset, field.Size, (ulong)_memory.CreateFile(file.Length, file.Fill));
            }
            else if (value.Memory is { } spec)
            {
                var mapping = _placer.Place(spec);
                passed.Add((name, mapping, spec));
                MemoryPlacer.Write(head, field.Offset, field.Size, mapping.Start);
            }
            else
            {
                MemoryPlacer.Write(head, field.Offset, field.Size, NumberOf(value));
            }
        }

        if (call.Tail is { } tail)
            head[plan.Size] = tail;
        MemoryPlacer.Write(head, 0, sizeof(uint), size);
        return new PreparedCall
        {
            Call = call,
            Plan = plan,
            Descriptor = descriptor,
            By = by,
            Argument = argument,
            UserSize = size,
            Passed = passed,
        };
    }

    /// <summary>The number of a value that is no memory.</summary>
    public ulong NumberOf(in CallValue value) => value.Label == 0 ? value.Number : ResultOf(value.Label, value.Member!);
}
