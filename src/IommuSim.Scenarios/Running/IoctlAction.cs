using System.Collections.Immutable;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>
/// A step that is an ioctl: its argument is encoded once for every layout it has.
/// </summary>
internal sealed class IoctlAction : StepAction
{
    /// <summary>-1: what a program has that was given none.</summary>
    private const ulong NoDescriptor = ulong.MaxValue;

    private readonly IoctlVerb _verb;
    private readonly StepOptions _options;
    private readonly Func<KernelNode, IoctlRequest, EncodedIoctl> _encode;
    private readonly Func<KernelNode, ImmutableArray<StructLayoutTable>> _layouts;
    private readonly List<(EncodedIoctl Plan, ImmutableArray<StructLayoutTable> Layouts)> _plans = [];
    private readonly Dictionary<KernelNode, EncodedIoctl> _planOf = [];
    private readonly ImmutableArray<IdSlot> _ids;

    /// <summary>
    /// <paramref name="encode"/> makes the argument for one kernel; <paramref name="layouts"/>
    /// returns the layouts of the structs in it, on which alone it depends.
    /// </summary>
    public IoctlAction(
        IoctlVerb verb,
        StepOptions options,
        ImmutableArray<IdSlot> ids,
        IReadOnlyList<PassedMemory> memory,
        Func<KernelNode, IoctlRequest, EncodedIoctl> encode,
        Func<KernelNode, ImmutableArray<StructLayoutTable>> layouts
    )
    {
        _verb = verb;
        _options = options;
        _ids = ids;
        _encode = encode;
        _layouts = layouts;
        Memory = memory;
    }

    public override IReadOnlyList<PassedMemory> Memory { get; }

    public override bool FillsHwInfo => _verb.IsHwInfo;

    public override void Prepare(KernelNode kernel) => PlanFor(kernel);

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) =>
        _verb.For(kernel).Layout is { } layout ? layout.Fields.Select(OutputOf) : [];

    public override OutputField? FindOutput(string name, KernelNode kernel) =>
        _verb.For(kernel).Layout is { } layout && FieldNames.Find(layout, name) is { } field ? OutputOf(field) : null;

    public EncodedIoctl PlanFor(KernelNode kernel)
    {
        if (_planOf.TryGetValue(kernel, out var plan))
            return plan;
        var request = _verb.For(kernel);
        var layouts = _layouts(kernel);
        plan = _plans.Find(p => p.Plan.Request == request && p.Layouts.SequenceEqual(layouts)).Plan;
        if (plan is null)
        {
            plan = _encode(kernel, request);
            _plans.Add((plan, layouts));
        }

        return _planOf[kernel] = plan;
    }

    public override void Run(RunState state, StepEffect effect)
    {
        var plan = PlanFor(state.Node);
        foreach (var id in _ids)
        {
            if (id.Field == _verb.DescriptorField)
                state.Slots[id.Slot] = NoDescriptor;
        }

        var installed = _verb.HidesDescriptor ? InstalledDescriptor.Watch(state.Kernel) : null;

        var address = plan.IsNull ? 0 : state.Place(plan.Argument, effect);
        effect.Request = plan.Request;
        effect.Argument = new PlacedMemory(EncodedIoctl.ArgumentName, address, plan.Argument);
        effect.NotSent = plan.NotSent;
        effect.Result = _options.Call(
            state,
            () => state.Kernel.Ioctl(state.Task, _options.Descriptor(state), plan.Request.Number, address)
        );
        installed?.End();
        if (
            state.Kernel is IommufdKernel { Spec: var spec }
            && NotModelled.NameOf(spec, plan.Request.Number, state.Memory, address, effect.Result) is { } name
        )
            effect.Note = $"{name} is not modelled in {state.Node}";
        if (!effect.Result.Succeeded)
            return;
        KeepIds(state, effect, plan.Request.Layout);
        if (installed?.Number is { } number)
            KeepInstalled(state, number);
    }

    private static OutputField OutputOf(StructField field) => new(field.CName, FieldPlace.Of(field));

    private void KeepIds(RunState state, StepEffect effect, StructLayoutTable? layout)
    {
        foreach (var id in _ids)
        {
            if (id.Field is not null && Output(effect, layout, id.Field) is { } value)
                state.Slots[id.Slot] = value;
        }

        if (_verb.DescriptorField is { } field && Output(effect, layout, field) is { } descriptor)
            state.Opened((int)descriptor);
    }

    private void KeepInstalled(RunState state, int descriptor)
    {
        state.Opened(descriptor);
        foreach (var id in _ids)
        {
            if (id.Field is null)
                state.Slots[id.Slot] = (ulong)descriptor;
        }
    }

    private static ulong? Output(StepEffect effect, StructLayoutTable? layout, string name)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        if (layout?.Find(name) is not { } field)
            return null;
        var place = FieldPlace.Of(field);
        return effect.TryReadOutput(place, bytes) ? place.Read(bytes, 0) : null;
    }
}

/// <summary>An id or descriptor that an ioctl returns, and the name it gets.</summary>
/// <param name="Field">Null for a descriptor that it does not return.</param>
internal readonly record struct IdSlot(string? Field, int Slot);

/// <summary>The verb <c>ioctl</c>: any request with any argument.</summary>
internal sealed class RawAction(
    StepOptions options,
    uint request,
    PassedPointer argument,
    IReadOnlyList<PassedMemory> memory
) : StepAction
{
    public override IReadOnlyList<PassedMemory> Memory { get; } = memory;

    public override void Prepare(KernelNode kernel) => argument.ImageFor(kernel);

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect)
    {
        var address = argument.Place(state, effect);
        effect.Request = new IoctlRequest(request, $"0x{request:x}", null, 0, null);
        effect.RawArgument = address;
        effect.Result = options.Call(
            state,
            () => state.Kernel.Ioctl(state.Task, options.Descriptor(state), request, address)
        );
    }
}

/// <summary>An ioctl as it is sent to kernels with one layout.</summary>
/// <param name="Argument">The struct, and the memory that it points to.</param>
/// <param name="IsNull">The pointer itself is NULL.</param>
/// <param name="NotSent">Arguments of the step that the layout has no field for.</param>
internal sealed record EncodedIoctl(
    IoctlRequest Request,
    MemoryImage Argument,
    bool IsNull,
    ImmutableArray<string> NotSent
)
{
    /// <summary>What the argument is called where memory has a name.</summary>
    public const string ArgumentName = "arg";
}
