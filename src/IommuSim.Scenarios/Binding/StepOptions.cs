using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd;
using IommuSim.Machine;

namespace IommuSim.Scenarios.Binding;

/// <summary>What most steps can be told besides their own arguments.</summary>
/// <param name="DescriptorSlot">The name of the descriptor that the step uses.</param>
/// <param name="Injected">The kind of the fault to inject; meaningless when none is.</param>
/// <param name="InjectNth">Which point of that kind fails, from 1; 0 for none.</param>
internal sealed record StepOptions(int DescriptorSlot, DecisionKind Injected, int InjectNth)
{
    public int Descriptor(RunState state) => (int)state.Slots[DescriptorSlot];

    /// <summary>Makes the call with the fault injected, and with none afterwards.</summary>
    public SyscallResult Call(RunState state, Func<SyscallResult> call)
    {
        var decisions = state.Kernel.Machine.Decisions;
        if (InjectNth > 0)
            decisions.Inject(Injected, InjectNth);
        var result = call();
        if (InjectNth > 0)
            decisions.Inject(Injected, 0);
        return result;
    }
}
