using System.Collections.Immutable;
using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

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

/// <summary>
/// The verbs <c>read</c> and <c>write</c>. Behind the memory nothing is mapped, so that a count
/// which is larger reaches bytes that the program does not have.
/// </summary>
internal sealed class TransferAction(
    StepOptions options,
    bool writes,
    PassedPointer data,
    IReadOnlyList<PassedMemory> memory,
    ValueTerms? count,
    Func<KernelNode, ImmutableArray<StructLayoutTable>> record
) : StepAction
{
    private static readonly OutputField s_count = OutputField.At(0, "count");

    public override IReadOnlyList<PassedMemory> Memory { get; } = memory;

    public override void Prepare(KernelNode kernel) => data.ImageFor(kernel);

    public override IEnumerable<OutputField> Outputs(KernelNode kernel) => [s_count];

    public override void Run(RunState state, StepEffect effect)
    {
        var fd = options.Descriptor(state);
        var address = data.Place(state, effect, atEnd: true);
        var bytes = count?.Evaluate(state.Slots) ?? data.ImageFor(state.Node)?.Length ?? 0;
        ulong done = 0;
        effect.Result = options.Call(
            state,
            () =>
                writes
                    ? state.Kernel.Write(state.Task, fd, address, bytes, out done)
                    : state.Kernel.Read(state.Task, fd, address, bytes, out done)
        );
        effect.SetOutputs(done);
        effect.Transfer = new Transfer(writes, address, bytes, done, record(state.Node));
    }
}

/// <summary>What a read or write asked for and got.</summary>
/// <param name="Count">Bytes asked for.</param>
/// <param name="Done">Bytes moved.</param>
/// <param name="Record">
/// The structs that each record consists of, one behind the other; none for plain bytes.
/// </param>
internal sealed record Transfer(
    bool Writes,
    ulong Address,
    ulong Count,
    ulong Done,
    ImmutableArray<StructLayoutTable> Record
);
