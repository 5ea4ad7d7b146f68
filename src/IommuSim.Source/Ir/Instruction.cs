using System.Collections.Immutable;

namespace IommuSim.Source.Ir;

/// <summary>One instruction of a function.</summary>
internal abstract record Instruction
{
    /// <summary>The name of the value that it makes; null when it makes none or nobody can name it.</summary>
    public string? Result { get; init; }

    /// <summary>The number of its <c>!DILocation</c> in <see cref="IrModule.Debug"/>; -1 for none.</summary>
    public int Location { get; init; } = -1;

    /// <summary>The line of the text, from 1; names what cannot be translated.</summary>
    public int Line { get; init; }
}

internal enum BinaryOperator
{
    Add,
    Sub,
    Mul,
    UDiv,
    SDiv,
    URem,
    SRem,
    Shl,
    LShr,
    AShr,
    And,
    Or,
    Xor,
}

internal enum Comparison
{
    Eq,
    Ne,
    Ugt,
    Uge,
    Ult,
    Ule,
    Sgt,
    Sge,
    Slt,
    Sle,
}

internal enum Conversion
{
    Trunc,
    ZExt,
    SExt,
    PtrToInt,
    IntToPtr,
    BitCast,
}

internal sealed record BinaryInstruction(BinaryOperator Operator, IrType Type, IrValue Left, IrValue Right)
    : Instruction;

internal sealed record CompareInstruction(Comparison Comparison, IrType Type, IrValue Left, IrValue Right)
    : Instruction;

internal sealed record ConvertInstruction(Conversion Conversion, TypedValue Value, IrType To) : Instruction;

/// <param name="IsVolatile">Also for atomic loads: another task may run before it.</param>
internal sealed record LoadInstruction(IrType Type, IrValue Address, bool IsVolatile) : Instruction;

/// <param name="IsVolatile">Also for atomic stores: another task may run before it.</param>
internal sealed record StoreInstruction(TypedValue Value, IrValue Address, bool IsVolatile) : Instruction;

internal sealed record ElementInstruction(IrType Source, IrValue Base, ImmutableArray<TypedValue> Indices)
    : Instruction;

/// <param name="Count">How many; null for one.</param>
internal sealed record AllocaInstruction(IrType Type, TypedValue? Count, uint Alignment) : Instruction;

internal sealed record SelectInstruction(IrValue Condition, TypedValue Then, IrValue Else) : Instruction;

internal sealed record FreezeInstruction(TypedValue Value) : Instruction;

/// <param name="Incoming">The value for each block that comes before, by its label.</param>
internal sealed record PhiInstruction(IrType Type, ImmutableArray<(IrValue Value, string From)> Incoming) : Instruction;

internal sealed record ExtractInstruction(TypedValue Aggregate, ImmutableArray<int> Path) : Instruction;

internal sealed record InsertInstruction(TypedValue Aggregate, TypedValue Element, ImmutableArray<int> Path)
    : Instruction;

/// <param name="Callee">A <see cref="GlobalValue"/> for a direct call.</param>
/// <param name="IsVariadic">The callee takes more arguments than its type names.</param>
/// <param name="FixedArguments">Of a variadic callee: how many its type names.</param>
internal sealed record CallInstruction(
    IrType ReturnType,
    IrValue Callee,
    ImmutableArray<TypedValue> Arguments,
    bool IsVariadic,
    int FixedArguments,
    bool IsTail
) : Instruction;

/// <summary>Inline assembly, with the jump targets that <c>callbr</c> gives it.</summary>
/// <param name="FallThrough">The block after a <c>callbr</c>; null for a call.</param>
internal sealed record AssemblyInstruction(
    IrType ReturnType,
    string Template,
    string Constraints,
    ImmutableArray<TypedValue> Arguments,
    string? FallThrough,
    ImmutableArray<string> Targets
) : Instruction;

internal sealed record AtomicUpdateInstruction(string Operation, IrValue Address, TypedValue Value) : Instruction;

/// <summary>Makes the old value and whether it was exchanged.</summary>
internal sealed record CompareExchangeInstruction(IrValue Address, TypedValue Expected, IrValue Replacement)
    : Instruction;

internal sealed record FenceInstruction : Instruction;

/// <param name="Condition">Null for a jump.</param>
internal sealed record BranchInstruction(IrValue? Condition, string Then, string? Else) : Instruction;

internal sealed record SwitchInstruction(
    TypedValue Value,
    string Default,
    ImmutableArray<(UInt128 Value, string Target)> Cases
) : Instruction;

/// <param name="Value">Null for void.</param>
internal sealed record ReturnInstruction(TypedValue? Value) : Instruction;

internal sealed record UnreachableInstruction : Instruction;
