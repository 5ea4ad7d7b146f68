using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

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
