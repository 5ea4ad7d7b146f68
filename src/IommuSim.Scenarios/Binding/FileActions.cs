using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Files;
using IommuSim.Kernels;

namespace IommuSim.Scenarios.Binding;

/// <summary>The verb <c>open</c>.</summary>
internal sealed class OpenAction(StepOptions options, int resultSlot) : StepAction
{
    /// <summary>What a program that has its three standard descriptors would get first.</summary>
    public const int FirstShown = 3;

    private static readonly OutputField s_descriptor = OutputField.At(0, "fd");

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [s_descriptor];

    public override void Run(RunState state, StepEffect effect)
    {
        var fd = -1;
        effect.Result = options.Call(state, () => state.Kernel.Open(state.Task, out fd));
        state.Slots[resultSlot] = (ulong)(long)fd;
        if (!effect.Result.Succeeded)
            return;
        state.Opened(fd);
        effect.SetOutputs((ulong)fd + FirstShown);
    }
}

/// <summary>The verb <c>close</c>.</summary>
internal sealed class CloseAction(StepOptions options) : StepAction
{
    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [];

    public override void Run(RunState state, StepEffect effect)
    {
        var fd = options.Descriptor(state);
        state.Closed(fd);
        effect.Result = options.Call(state, () => state.Kernel.Close(state.Task, fd));
    }
}

/// <summary>The verb <c>poll</c>: what a program would wait for, without waiting.</summary>
internal sealed class PollAction(StepOptions options) : StepAction
{
    private static readonly string[] s_words = ["no", "yes"];

    private static readonly OutputField[] s_outputs =
    [
        OutputField.At(0, "in", s_words),
        OutputField.At(1, "out", s_words),
        OutputField.At(2, "nval", s_words),
    ];

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => s_outputs;

    public override void Run(RunState state, StepEffect effect)
    {
        uint mask = 0;
        effect.Result = options.Call(state, () => state.Kernel.Poll(state.Task, options.Descriptor(state), out mask));
        effect.SetOutputs(Has(PollMask.EPOLLIN), Has(PollMask.EPOLLOUT), Has(PollMask.EPOLLNVAL));

        ulong Has(uint bit) => (mask & bit) == 0 ? 0UL : 1;
    }
}
