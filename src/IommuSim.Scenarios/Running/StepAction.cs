using IommuSim.Iommu.Syscalls;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;

namespace IommuSim.Scenarios.Running;

/// <summary>What a step does; made when the scenario is bound, run on every kernel.</summary>
internal abstract class StepAction
{
    /// <summary>The memory that the step passes, by argument; empty for what passes none.</summary>
    public virtual IReadOnlyList<PassedMemory> Memory => [];

    /// <summary>Whether the memory without a struct of its own is what GET_HW_INFO fills.</summary>
    public virtual bool FillsHwInfo => false;

    /// <summary>
    /// Makes what depends on the kernel, so that errors show when the scenario is loaded.
    /// </summary>
    public virtual void Prepare(KernelNode kernel) { }

    /// <summary>What can be stated about the step's results on this kernel.</summary>
    public abstract IEnumerable<OutputField> Outputs(KernelNode kernel);

    /// <summary>The output of this name or of one that means the same; null without.</summary>
    public virtual OutputField? FindOutput(string name, KernelNode kernel) =>
        Outputs(kernel).FirstOrDefault(output => output.Name == name);

    public abstract void Run(RunState state, StepEffect effect);
}

/// <summary>A result that an outcome can state.</summary>
/// <param name="Words">What the numbers are called, for results that are words.</param>
internal sealed record OutputField(string Name, FieldPlace Place, IReadOnlyList<string>? Words = null)
{
    /// <summary>The <paramref name="index"/>th output of a step that is no ioctl.</summary>
    public static OutputField At(int index, string name, IReadOnlyList<string>? words = null) =>
        new(name, new FieldPlace(index * sizeof(ulong), sizeof(ulong), 1, false), words);
}

/// <summary>Memory that a step passes.</summary>
/// <param name="Argument">The argument's name.</param>
/// <param name="Structs">
/// The C names of what lies there, again and again: one struct, or several one behind the other;
/// none for plain bytes.
/// </param>
internal sealed record PassedMemory(string Argument, IReadOnlyList<string> Structs);

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

/// <summary>
/// A pointer that a call passes by itself: a number, or memory that is made for each kernel.
/// </summary>
internal sealed class PassedPointer(string argument, ValueTerms address, Func<KernelNode, MemoryImage?> encode)
{
    private readonly Dictionary<KernelNode, MemoryImage?> _images = [];

    /// <summary>Null for the pointer NULL and for a number.</summary>
    public MemoryImage? ImageFor(KernelNode kernel)
    {
        if (!_images.TryGetValue(kernel, out var image))
            _images[kernel] = image = encode(kernel);
        return image;
    }

    /// <summary>Makes the memory; returns what the call passes.</summary>
    public ulong Place(RunState state, StepEffect effect, bool atEnd = false)
    {
        if (ImageFor(state.Node) is not { } image)
            return address.Evaluate(state.Slots);
        var start = state.Place(image, effect, atEnd);
        effect.Place(new PlacedMemory(argument, start, image));
        return start;
    }
}
