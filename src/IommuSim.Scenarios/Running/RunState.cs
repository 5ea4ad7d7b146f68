using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>One run of a scenario: the machine, and the program that makes the steps.</summary>
internal sealed class RunState
{
    /// <summary>The device itself.</summary>
    public const uint NoPasid = 0;

    private readonly List<int> _descriptors;
    private readonly List<BoundDevice> _bound;
    private readonly List<(int Slot, RunState State)> _children;
    private readonly ulong? _lockedMemoryLimit;
    private int _tasks;

    /// <param name="task">The name of the first task; null to number them.</param>
    public RunState(KernelNode node, IKernel kernel, BoundScenario scenario, string? task = null)
    {
        Node = node;
        Source = scenario.Source;
        Kernel = kernel;
        Memory = new UserAddressSpace();
        Slots = new ulong[scenario.SlotCount];
        Effects = new StepEffect?[scenario.Steps.Length];
        Devices = [];
        _descriptors = [];
        _bound = [];
        _children = [];
        _lockedMemoryLimit = scenario.Syntax.LockedMemoryLimit;
        Task = NextTask(task);
    }

    private RunState(RunState program, UserAddressSpace memory, string task)
    {
        Node = program.Node;
        Source = program.Source;
        Kernel = program.Kernel;
        Memory = memory;
        Slots = program.Slots;
        Effects = program.Effects;
        Devices = program.Devices;
        _descriptors = program._descriptors;
        _bound = program._bound;
        _children = program._children;
        _lockedMemoryLimit = program._lockedMemoryLimit;
        Task = NextTask(task);
    }

    public KernelNode Node { get; }

    /// <summary>The text of the scenario, for those who print its steps.</summary>
    public SourceText Source { get; }

    public IKernel Kernel { get; }

    public UserAddressSpace Memory { get; }

    /// <summary>The numbers of the names; a step that failed leaves its own at 0.</summary>
    public ulong[] Slots { get; }

    /// <summary>What the steps so far left behind.</summary>
    public StepEffect?[] Effects { get; }

    /// <summary>The devices in the order of the scenario.</summary>
    public List<IKernelDevice> Devices { get; }

    /// <summary>
    /// The task that makes the next call. When one dies the next takes its place.
    /// </summary>
    public KernelTask Task { get; private set; }

    public bool AnyoneDied => HasDied || _children.Exists(child => child.State.HasDied);

    private bool HasDied => _tasks > 1 || Task.Dead;

    /// <summary>The descriptors that were opened and not closed.</summary>
    public IReadOnlyList<int> Descriptors => _descriptors;

    /// <summary>The devices that were bound and not unbound, the first bound first.</summary>
    public IReadOnlyList<BoundDevice> Bound => _bound;

    public void Opened(int descriptor) => _descriptors.Add(descriptor);

    public void Closed(int descriptor) => _descriptors.Remove(descriptor);

    public void BoundTo(int slot, IBinding binding) => _bound.Add(new BoundDevice(slot, binding));

    /// <summary>The device of this name, or null with EINVAL as the step's result.</summary>
    public BoundDevice? FindBound(int slot, string name, StepEffect effect)
    {
        var bound = _bound.Find(b => b.Slot == slot);
        if (bound is not null)
            return bound;
        effect.Result = SyscallResult.Of(Errno.EINVAL);
        effect.Note = $"{name} is not bound";
        return null;
    }

    public SyscallResult Detach(BoundDevice device)
    {
        device.Attached = false;
        return Kernel.Detach(Task, device.Binding, NoPasid);
    }

    public SyscallResult Unbind(BoundDevice device)
    {
        _bound.Remove(device);
        return Kernel.Unbind(Task, device.Binding);
    }

    /// <summary>Another thread of the same program: everything is shared but the task.</summary>
    public RunState ForTask(string name) => new(this, Memory, name);

    /// <summary>A child has the descriptors, shares the files, and has copies of all other memory.</summary>
    public void Fork(int slot, string name) => _children.Add((slot, new RunState(this, Memory.Fork(), name)));

    /// <summary>Makes a step, by the program or by the child that it names.</summary>
    public StepEffect Make(BoundStep step, int index)
    {
        var caller = step.Caller is { } by ? _children.Find(child => child.Slot == by.Slot).State : this;
        var effect = new StepEffect(caller.Memory);
        caller.Revive();
        Effects[index] = effect;
        step.Action.Run(caller, effect);
        return effect;
    }

    /// <summary>Replaces a dead task by a new one of the same program.</summary>
    public void Revive()
    {
        if (Task.Dead)
            Task = NextTask();
    }

    /// <summary>
    /// Maps and fills memory, and what it points to; returns its address. It begins a page, or ends
    /// with one that nothing is mapped behind.
    /// </summary>
    public ulong Place(MemoryImage image, StepEffect effect, bool atEnd = false)
    {
        var start = Memory.Map(image.Length, PageAccess.ReadWrite, image.Fill);
        var address = start + (atEnd ? Unused(image.Length) : 0);
        if (image.Head.Length > 0)
            Memory.Write(address, HeadOf(image, effect));
        if (image.Access != PageAccess.ReadWrite)
            Memory.Protect(start, image.Access);
        return address;
    }

    /// <summary>Bytes of the last page that so many leave over; of no bytes the whole page.</summary>
    private static ulong Unused(ulong length)
    {
        var used = length % UserAddressSpace.PageSize;
        return used > 0 || length == 0 ? UserAddressSpace.PageSize - used : 0;
    }

    private byte[] HeadOf(MemoryImage image, StepEffect effect)
    {
        if (image.Slots.IsEmpty && image.Pointers.IsEmpty)
            return image.Head;
        var head = (byte[])image.Head.Clone();
        foreach (var slot in image.Slots)
            slot.Place.Write(head, 0, slot.Terms.Evaluate(Slots));
        foreach (var pointer in image.Pointers)
        {
            var address = Place(pointer.Image, effect);
            effect.Place(new PlacedMemory(pointer.Argument, address, pointer.Image));
            pointer.Place.Write(head, 0, address);
        }

        return head;
    }

    private KernelTask NextTask(string? name = null)
    {
        name ??= string.Create(CultureInfo.InvariantCulture, $"P{_tasks}");
        _tasks++;
        return new KernelTask(name, Memory) { LockedMemoryLimit = _lockedMemoryLimit };
    }
}

/// <summary>A device that the scenario bound.</summary>
internal sealed class BoundDevice(int slot, IBinding binding)
{
    public int Slot { get; } = slot;

    public IBinding Binding { get; } = binding;

    /// <summary>An attach succeeded and no detach came after it.</summary>
    public bool Attached { get; set; }
}

/// <summary>What a step left behind for the program to look at.</summary>
internal sealed class StepEffect(UserAddressSpace memory)
{
    private readonly List<PlacedMemory> _placed = [];
    private byte[] _outputs = [];

    public SyscallResult Result { get; set; }

    /// <summary>The argument of an ioctl, with where it was put.</summary>
    public PlacedMemory? Argument { get; set; }

    /// <summary>The request of an ioctl; null for other steps.</summary>
    public IoctlRequest? Request { get; set; }

    /// <summary>The third argument of an ioctl whose argument has no known layout.</summary>
    public ulong RawArgument { get; set; }

    /// <summary>The bytes of a read or write; null for other steps.</summary>
    public Transfer? Transfer { get; set; }

    /// <summary>Arguments of the step that this kernel's struct has no field for.</summary>
    public ImmutableArray<string> NotSent { get; set; } = [];

    public IReadOnlyList<PlacedMemory> Placed => _placed;

    /// <summary>Why the step could not be made at all, or null.</summary>
    public string? Note { get; set; }

    public void Place(PlacedMemory placed) => _placed.Add(placed);

    /// <summary>The memory of this argument; without a name, the first.</summary>
    public PlacedMemory? FindPlaced(string? argument) =>
        argument is null ? _placed.FirstOrDefault() : _placed.Find(p => p.Argument == argument);

    /// <summary>The results of a step that is no ioctl.</summary>
    public void SetOutputs(params ReadOnlySpan<ulong> outputs)
    {
        _outputs = new byte[outputs.Length * sizeof(ulong)];
        for (var i = 0; i < outputs.Length; i++)
        {
            var bytes = _outputs.AsSpan(i * sizeof(ulong));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, outputs[i]);
        }
    }

    /// <summary>The bytes of an output; false where the program cannot read them.</summary>
    public bool TryReadOutput(FieldPlace place, Span<byte> bytes)
    {
        if (Argument is { } argument)
            return TryRead(argument, place, bytes);
        if (place.End > _outputs.Length)
            return false;
        _outputs.AsSpan(place.Offset, bytes.Length).CopyTo(bytes);
        return true;
    }

    /// <summary>
    /// The bytes of memory that a step passed; false outside it and where nothing is.
    /// </summary>
    public bool TryRead(PlacedMemory placed, FieldPlace place, Span<byte> bytes) =>
        (ulong)place.End <= placed.Image.Length && memory.Read(placed.Address + (ulong)place.Offset, bytes) == 0;
}

/// <summary>Memory of a step at its address in the program.</summary>
internal sealed record PlacedMemory(string Argument, ulong Address, MemoryImage Image);
