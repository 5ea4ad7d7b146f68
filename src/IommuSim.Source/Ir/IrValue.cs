using System.Collections.Immutable;

namespace IommuSim.Source.Ir;

/// <summary>An operand or an initial value. Names are without their sign and without quotes.</summary>
internal abstract record IrValue;

/// <summary>A value with its type, as arguments, fields and elements are written.</summary>
internal sealed record TypedValue(IrType Type, IrValue Value)
{
    /// <summary>
    /// Of an argument: <c>noundef</c>, all of it was set. Without it, it may be a struct in a register with its
    /// padding.
    /// </summary>
    public bool IsWhole { get; init; }
}

/// <summary>A parameter, or the result of an instruction: <c>%name</c>.</summary>
internal sealed record LocalValue(string Name) : IrValue;

/// <summary>The address of a function or variable: <c>@name</c>.</summary>
internal sealed record GlobalValue(string Name) : IrValue;

/// <summary>An integer, of which the type's low bits count; true is 1.</summary>
internal sealed record IntegerValue(UInt128 Value) : IrValue;

/// <summary><c>null</c>, <c>zeroinitializer</c> and <c>none</c>.</summary>
internal sealed record ZeroValue : IrValue;

/// <summary><c>undef</c> and <c>poison</c>.</summary>
internal sealed record UndefinedValue : IrValue;

/// <summary>Metadata as an argument; nothing of it is kept.</summary>
internal sealed record MetadataValue : IrValue;

/// <summary><c>c"..."</c>.</summary>
internal sealed record BytesValue(ImmutableArray<byte> Bytes) : IrValue;

/// <summary>The elements of an array or the fields of a struct.</summary>
internal sealed record AggregateValue(ImmutableArray<TypedValue> Elements) : IrValue;

/// <summary>An address inside a variable.</summary>
internal sealed record AddressOfElement(IrType Source, IrValue Base, ImmutableArray<TypedValue> Indices) : IrValue;

/// <summary>A conversion of a constant.</summary>
internal sealed record ConvertedValue(Conversion Conversion, TypedValue Value, IrType To) : IrValue;

/// <summary>Arithmetic on constants.</summary>
internal sealed record ComputedValue(BinaryOperator Operator, IrType Type, IrValue Left, IrValue Right) : IrValue;
