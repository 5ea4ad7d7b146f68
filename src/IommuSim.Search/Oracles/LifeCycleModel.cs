using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>
/// The life of objects as the uAPI documents it, written from that contract alone: which ids there
/// are, who holds what, who may be destroyed when, and which mistake has which errno. Follows the
/// calls of a sequence and names the first answer that the contract does not allow.
/// </summary>
internal sealed class LifeCycleModel(SequenceMachine machine, ContractTable contracts, bool isSeen = true)
{
    private readonly Dictionary<int, ModelContext> _files = [];
    private readonly Dictionary<int, ModelObject> _queues = [];
    private readonly Dictionary<int, ModelObject> _bound = [];
    private readonly Dictionary<string, ModelGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<ModelHardware> _hardware = [];
    private ImmutableArray<DeviceDeclared> _devices = [];
    private bool _isLost;

    /// <summary>The accesses of the selftest.</summary>
    public AccessTable Accesses { get; } = new();

    /// <summary>What was expected of the call that was judged last; nothing where its sequence is lost.</summary>
    public Expectation Expected { get; private set; }

    /// <summary>Begins a sequence on the machine, which has just booted.</summary>
    public void Start(ImmutableArray<DeviceDeclared> devices)
    {
        _isLost = false;
        _files.Clear();
        Accesses.Clear();
        _queues.Clear();
        _bound.Clear();
        _groups.Clear();
        _files[machine.DescriptorOf(0)] = new ModelContext();
        _devices = devices;
        _hardware.Clear();
        foreach (var (_, options) in devices)
        {
            var hardware = new ModelHardware();
            _hardware.Add(hardware);
            GroupOf(options.Group).Hardware.Add(hardware);
        }
    }

    /// <summary>
    /// What is wrong with the answer of a call whose struct was <paramref name="argument"/>, or null.
    /// </summary>
    public string? Judge(PreparedCall made, ReadOnlySpan<byte> argument, in StepOutcome outcome)
    {
        Expected = Expectation.None;
        if (_isLost)
            return null;
        var expected = Expected = outcome.Injected ? Expectation.None : Expect(made, argument);
        if (!expected.Holds(outcome.Result.Errno))
            return expected.TitleFor(made.Call.Name, outcome.Result);

        // The model does not know what a failure that may leave something behind has left.
        var contract = contracts.Of(made.Call.Name);
        _isLost = outcome.Result.Succeeded
            ? contract.SucceedsUntold && machine.MetCopyFault(outcome)
            // What remains of mappings is followed elsewhere, where a kernel cannot be looked into.
            : !(contract.Mapping is not null && !isSeen)
                && contracts.MayRemain(machine.Target.Spec, made.Call.Name, outcome.Result.Errno)
                && (contract.Failed is null || outcome.Result.Errno == Errno.EFAULT);
        if (_isLost)
            return null;
        if (!outcome.Result.Succeeded)
            NoteFailure(made, argument, contract, outcome);
        var wrong = outcome.Result.Succeeded ? Apply(made, argument, outcome) : null;
        return wrong is null ? CompareQueues() : $"I10: {made.Call.Name} {wrong}";
    }

    /// <summary>What it expects no longer holds of this sequence: nothing is judged any more.</summary>
    public bool IsLost => _isLost;

    /// <summary>The open files by their descriptors.</summary>
    public IReadOnlyDictionary<int, ModelContext> Files => _files;

    /// <summary>Queues or devices may hold a file that is closed.</summary>
    internal bool FilesAreHeld => _queues.Count > 0 || _bound.Count > 0;

    /// <summary>The IOASes of all descriptors; none where the model no longer knows.</summary>
    public IEnumerable<(int Descriptor, uint Id)> Ioases()
    {
        if (_isLost)
            yield break;
        foreach (var (descriptor, context) in _files)
        {
            foreach (var obj in context.Objects)
            {
                if (obj.Kind == ObjectKind.Ioas)
                    yield return (descriptor, obj.Id);
            }
        }
    }

    /// <summary>What the devices reserve that are attached to a paging hwpt, in the IOAS of that hwpt.</summary>
    public IEnumerable<(int Descriptor, uint Ioas, AddressRange Range)> Reserved()
    {
        foreach (var (descriptor, context) in _files)
        {
            foreach (var device in context.Objects)
            {
                if (device is not { Kind: ObjectKind.Device, Group: { Hwpt: { Kind: ObjectKind.Paging } hwpt } group })
                    continue;
                var at = _hardware.IndexOf(device.Hardware!);
                if (at < 0 || !group.Attached.Contains(device) || hwpt.Below is not { } ioas)
                    continue;
                foreach (var region in _devices[at].Options.Reserved)
                {
                    if (region.Kind != ReservedKind.DirectRelaxable)
                        yield return (descriptor, ioas.Id, new AddressRange(region.Start, region.Last));
                }
            }
        }
    }

    private void NoteFailure(
        PreparedCall made,
        ReadOnlySpan<byte> argument,
        IoctlContract contract,
        in StepOutcome outcome
    )
    {
        if (made.Bound is { } handle && _bound.TryGetValue(handle.Label, out var device))
            device.Group!.Refused();
        if (contract.Failed is { } failed && _files.TryGetValue(made.Descriptor, out var context))
            failed(
                new IoctlMade(made, argument, machine, context) { Accesses = Accesses, MetFailure = outcome.Injected },
                outcome.Result.Errno
            );
    }

    /// <summary>Where the kernel can be seen from inside, what queues hold, so that nothing waits for a read.</summary>
    private string? CompareQueues()
    {
        if (!isSeen)
            return null;
        var kernel = machine.Kernel;
        foreach (var (descriptor, queue) in _queues)
        {
            if (kernel.QueueOf(descriptor) is { } inside && QueueContract.Compare(inside, queue) is { } wrong)
                return wrong;
        }

        return null;
    }

    private Expectation Expect(PreparedCall made, ReadOnlySpan<byte> argument)
    {
        switch (made.Call.Kind)
        {
            case CallKind.Ioctl:
                return _files.TryGetValue(made.Descriptor, out var context)
                    ? ExpectIoctl(made, argument, context)
                    : Expectation.None;
            case CallKind.Read or CallKind.Write or CallKind.Poll:
                return _queues.TryGetValue(made.Descriptor, out var queue)
                    ? QueueContract.Expect(made, queue, machine.Memory)
                    : Expectation.None;
            case CallKind.Bind:
                return ExpectBind(made);
            case CallKind.Attach or CallKind.Replace:
                return ExpectMove(made);
            default:
                return Expectation.None;
        }
    }

    /// <summary>What the struct's place and size decide comes before anything else.</summary>
    private Expectation ExpectIoctl(PreparedCall made, ReadOnlySpan<byte> argument, ModelContext context)
    {
        if (made.Argument is null || made.Call.Place == StructPlace.Unmapped)
            return Expectation.Of(Errno.EFAULT, "the struct is not there");
        var plan = made.Plan!;
        if (made.UserSize < (ulong)plan.MinSize)
            return Expectation.Of(Errno.EINVAL, "the struct is too short");
        var tail = argument.Length > plan.Size ? argument[plan.Size] : 0;
        if (made.UserSize > (ulong)plan.Size && tail != 0 && !plan.IsOfContainer)
        {
            // What a field means that only the C has, nobody knows.
            return machine.StructSizeOf(plan) > (ulong)plan.Size
                ? Expectation.None
                : Expectation.Of(Errno.E2BIG, "the struct has a tail that is not zero");
        }

        return made.Call.Place == StructPlace.Good && plan.IsModelled && contracts.Of(plan.Verb).Expect is { } expect
            ? expect(new IoctlMade(made, argument, machine, context) { Accesses = Accesses })
            : Expectation.None;
    }

    private Expectation ExpectBind(PreparedCall made)
    {
        var options = _devices[made.Call.Device].Options;
        if (options.Settings.GetValueOrDefault("coherent") == "no")
            return Expectation.Of(Errno.EINVAL, "DMA is not coherent");
        return
            GroupOf(options.Group).Owner is { } owner
            && !ReferenceEquals(owner, _files.GetValueOrDefault(made.Descriptor))
            ? Expectation.Of(Errno.EPERM, "another context owns the group")
            : Expectation.None;
    }

    private Expectation ExpectMove(PreparedCall made)
    {
        if (!_bound.TryGetValue(made.Bound!.Label, out var device))
            return Expectation.None;
        var group = device.Group!;
        var wanted = group.Owner!.Find(made.PtIdAsked);
        if (wanted is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        if (wanted.Kind != ObjectKind.Ioas && !wanted.IsHwpt)
            return Expectation.Of(Errno.EINVAL, "the id is no page table");
        var attached = group.Attached.Contains(device);
        if (made.Call.Kind == CallKind.Replace)
        {
            if (!attached)
                return Expectation.Failure("the device is not attached");
            return ReferenceEquals(wanted, group.Hwpt)
                ? Expectation.Of(Errno.OK, "it is there already")
                : Expectation.None;
        }

        if (attached)
            return Expectation.Failure("the device is attached already");
        if (group.Hwpt is null || !wanted.IsHwpt)
            return Expectation.None;
        if (machine.Target.HasHwptFaults && ReferenceEquals(wanted, group.Hwpt))
            return Expectation.None; // What is mapped may lie where the device reserves.
        return ReferenceEquals(wanted, group.Hwpt)
            ? Expectation.Of(Errno.OK, "its group is there already")
            : Expectation.Of(Errno.EINVAL, "its group has another hwpt");
    }

    /// <summary>Takes over a success; returns what is wrong with the ids it returned.</summary>
    private string? Apply(PreparedCall made, ReadOnlySpan<byte> argument, in StepOutcome outcome)
    {
        var device = made.Bound is { } handle ? _bound.GetValueOrDefault(handle.Label) : null;
        switch (made.Call.Kind)
        {
            case CallKind.Open:
                _files[made.MadeDescriptor] = new ModelContext();
                return null;
            case CallKind.Close:
                if (_files.Remove(made.Descriptor, out var ended))
                    ended.IsClosed = true;
                Accesses.Close(made.Descriptor);
                if (_queues.Remove(made.Descriptor, out var closed))
                    closed.Referrers--;
                return null;
            case CallKind.Bind:
                return ApplyBind(made);
            case CallKind.Attach or CallKind.Replace:
                return device?.Group!.Owner!.Move(device, made.PtIdAsked, made.PtId);
            case CallKind.Detach:
                device?.Group!.Owner!.Detach(device);
                return null;
            case CallKind.Unbind:
                _bound.Remove(made.Bound!.Label);
                device?.Group!.Owner!.Unbind(device);
                return null;
            case CallKind.Ioctl when _files.TryGetValue(made.Descriptor, out var context):
                return ApplyIoctl(
                    contracts.Of(made.Call.Name),
                    new IoctlMade(made, argument, machine, context)
                    {
                        Accesses = Accesses,
                        MetFailure = outcome.Injected,
                    }
                );
            case CallKind.Read or CallKind.Write or CallKind.Poll when _queues.TryGetValue(made.Descriptor, out var q):
                return QueueContract.Apply(made, q, !outcome.Injected, machine.Memory);
            default:
                return null;
        }
    }

    private string? ApplyBind(PreparedCall made)
    {
        var context = _files[made.Descriptor];
        var (driver, options) = _devices[made.Call.Device];
        var id = made.MadeBinding!.Id;
        var expected = context.NextId();
        _bound[made.Call.Label] = context.Bind(GroupOf(options.Group), id, driver, _hardware[made.Call.Device]);
        return id == expected ? null : ModelContext.WrongId;
    }

    /// <summary>A queue comes with its descriptor, a hardware queue with an access behind its id.</summary>
    private string? ApplyIoctl(IoctlContract contract, in IoctlMade call)
    {
        if (contract.Apply is { } apply)
            return apply(call);
        if (contract.Make?.Invoke(call) is not { } obj)
            return null;
        if (obj.Kind is ObjectKind.FaultQueue or ObjectKind.Veventq)
            _queues[call.Descriptor] = obj;
        var context = call.Context;
        var expected = context.NextId();
        context.Add(obj);
        if (obj.Kind == ObjectKind.HwQueue)
            context.Add(new ModelObject(ObjectKind.Access, context.NextId()) { Of = obj, Referrers = 1 });
        return obj.Id == expected ? null : ModelContext.WrongId;
    }

    private ModelGroup GroupOf(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
            _groups.Add(name, group = new ModelGroup());
        return group;
    }
}
