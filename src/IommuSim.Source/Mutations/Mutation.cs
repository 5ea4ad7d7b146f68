using IommuSim.Source.Ir;

namespace IommuSim.Source.Mutations;

/// <summary>What a mutation does to one place of the kernel's IR.</summary>
internal enum MutationKind
{
    /// <summary>A call is left out; one whose errno is used returns 0. Also a change of a reference count.</summary>
    CallDropped,

    /// <summary>A branch or a selection takes its other side.</summary>
    BranchInverted,

    /// <summary>A branch always takes the same side.</summary>
    ConditionDropped,

    /// <summary>Two stores of a block write each other's value.</summary>
    StoresSwapped,

    /// <summary>A number is one more or one less; a truth value is the other one.</summary>
    ConstantChanged,

    /// <summary>An errno is another one.</summary>
    ErrnoReplaced,

    /// <summary>A lock is taken or released one call later or earlier.</summary>
    LockMoved,
}

/// <summary>One change of one function.</summary>
/// <param name="Place">The line of C that it concerns.</param>
/// <param name="Text">What is changed, in words.</param>
/// <param name="Module">The file that the function is in.</param>
/// <param name="Function">The function before the change.</param>
/// <param name="Block">
/// The block that a run must come to before the change makes a difference, as its index.
/// </param>
/// <param name="Instruction">The first instruction of that block that is another one, or the last before it.</param>
internal sealed record Mutation(
    MutationKind Kind,
    SourceLocation Place,
    string Text,
    IrModule Module,
    IrFunction Function,
    int Block,
    int Instruction
)
{
    /// <summary>Makes the changed function.</summary>
    public required Func<IrFunction> Apply { get; init; }

    /// <summary>The file of C without its folder, for example <c>hw_pagetable.c</c>.</summary>
    public string File => Place.File[(Place.File.LastIndexOf('/') + 1)..];

    public override string ToString() => $"{File}:{Place.Line} {Place.Function}(): {Text}";
}
