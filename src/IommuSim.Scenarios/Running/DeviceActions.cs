using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>The verb <c>bind</c>: VFIO hands a device to the context.</summary>
internal sealed class BindAction(StepOptions options, int device, int resultSlot) : StepAction
{
    private static readonly OutputField s_id = OutputField.At(0, "dev_id");

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [s_id];

    public override void Run(RunState state, StepEffect effect)
    {
        IBinding? binding = null;
        effect.Result = options.Call(
            state,
            () => state.Kernel.Bind(state.Task, options.Descriptor(state), state.Devices[device], out binding)
        );
        if (binding is null)
            return;
        state.Slots[resultSlot] = binding.Id;
        state.BoundTo(resultSlot, binding);
        effect.SetOutputs(binding.Id);
    }
}

/// <summary>
/// The verbs <c>attach</c> and <c>replace</c>. A device whose bind failed cannot be used: EINVAL,
/// as VFIO returns without asking iommufd.
/// </summary>
internal sealed class AttachAction(
    StepOptions options,
    int device,
    string name,
    ValueTerms target,
    bool replaces,
    int? resultSlot
) : StepAction
{
    private static readonly OutputField s_id = OutputField.At(0, "pt_id");

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [s_id];

    public override void Run(RunState state, StepEffect effect)
    {
        if (state.FindBound(device, name, effect) is not { } bound)
            return;
        var id = (uint)target.Evaluate(state.Slots);
        effect.Result = options.Call(
            state,
            () =>
                replaces
                    ? state.Kernel.Replace(state.Task, bound.Binding, RunState.NoPasid, ref id)
                    : state.Kernel.Attach(state.Task, bound.Binding, RunState.NoPasid, ref id)
        );
        effect.SetOutputs(id);
        if (!effect.Result.Succeeded)
            return;
        bound.Attached = true;
        if (resultSlot is { } slot)
            state.Slots[slot] = id;
    }
}

/// <summary>The verbs <c>detach</c> and <c>unbind</c>.</summary>
internal sealed class DetachAction(StepOptions options, int device, string name, bool unbinds) : StepAction
{
    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect)
    {
        if (state.FindBound(device, name, effect) is not { } bound)
            return;
        effect.Result = options.Call(state, () => unbinds ? state.Unbind(bound) : state.Detach(bound));
    }
}

/// <summary>
/// The verb <c>inspect</c>: looks at a device's domains without entering the kernel.
/// </summary>
internal sealed class InspectAction(int device) : StepAction
{
    private static readonly string[] s_words =
    [
        "none",
        .. Enum.GetNames<DomainType>().Select(name => name.ToLowerInvariant()),
    ];

    private static readonly OutputField[] s_outputs =
    [
        OutputField.At(0, "group_domain", s_words),
        OutputField.At(1, "blocking_domain", s_words),
        OutputField.At(2, "attached_domain", s_words),
    ];

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => s_outputs;

    public override void Run(RunState state, StepEffect effect)
    {
        if (state.Devices[device] is not IommuDevice inspected)
        {
            effect.Result = SyscallResult.Of(Errno.EOPNOTSUPP);
            effect.Note = "this kernel does not show its domains";
            return;
        }

        effect.Result = SyscallResult.Of(Errno.OK);
        effect.SetOutputs(
            WordOf(inspected.Group.Domain),
            WordOf(inspected.Group.BlockingDomain),
            WordOf(inspected.Attached)
        );
    }

    private static ulong WordOf(IommuDomain? domain) => domain is null ? 0 : (ulong)domain.Type + 1;
}
