using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

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
