using System.Collections.Immutable;

namespace IommuSim.Source.Ir;

/// <summary>One file of LLVM IR: what clang made of one C file.</summary>
/// <param name="Path">The file of IR; errors name it.</param>
/// <param name="SourceFile">The C file, as clang was given it.</param>
/// <param name="Types">The named structs; null for one without fields.</param>
internal sealed record IrModule(
    string Path,
    string SourceFile,
    IReadOnlyDictionary<string, IrType?> Types,
    ImmutableArray<IrVariable> Variables,
    ImmutableArray<IrFunction> Functions,
    ImmutableArray<IrAlias> Aliases,
    DebugInfo Debug
);

/// <param name="IsLocal">Internal or private: another file may use the same name for something else.</param>
/// <param name="Initializer">Null for a variable that another file defines.</param>
/// <param name="Alignment">Bytes; 0 for the type's own.</param>
/// <param name="Section">Null for none.</param>
internal sealed record IrVariable(
    string Name,
    IrType Type,
    bool IsLocal,
    bool IsConstant,
    bool IsWeak,
    IrValue? Initializer,
    uint Alignment,
    string? Section
);

/// <summary>A second name of a function or variable.</summary>
internal sealed record IrAlias(string Name, bool IsLocal, IrValue Target);

/// <param name="Name">Null where none is given; instructions cannot name it then.</param>
internal sealed record IrParameter(IrType Type, string? Name);

/// <param name="Blocks">Empty for a function that another file defines. The first is the entry.</param>
/// <param name="Line">The line of its text, from 1.</param>
internal sealed record IrFunction(
    string Name,
    IrType ReturnType,
    ImmutableArray<IrParameter> Parameters,
    bool IsVariadic,
    bool IsLocal,
    bool IsWeak,
    string? Section,
    ImmutableArray<IrBlock> Blocks,
    int Line
)
{
    /// <summary>Its result is <c>noundef</c>: see <see cref="TypedValue.IsWhole"/>.</summary>
    public bool ReturnsWhole { get; init; }
}

/// <param name="Label">Of a block without one: the number that LLVM counts for it.</param>
internal sealed record IrBlock(string Label, ImmutableArray<Instruction> Instructions);

/// <summary>IR that is not understood: file, line, text.</summary>
internal sealed class IrException(string path, int line, string message) : Exception($"{path}:{line}: {message}")
{
    public string Path { get; } = path;

    public int Line { get; } = line;

    /// <summary>The message without the place.</summary>
    public string Problem { get; } = message;
}
