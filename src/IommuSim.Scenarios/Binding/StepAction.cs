using IommuSim.Kernels;

namespace IommuSim.Scenarios.Binding;

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
