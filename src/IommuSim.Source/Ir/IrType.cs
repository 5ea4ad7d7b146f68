using System.Collections.Immutable;

namespace IommuSim.Source.Ir;

/// <summary>A type of LLVM IR. Vectors and floating point are not among them: the kernel has none.</summary>
internal abstract record IrType
{
    public static readonly IrType Void = new VoidType();

    /// <summary>An opaque pointer, 8 bytes.</summary>
    public static readonly IrType Pointer = new PointerType();

    /// <summary>Debug information passed to an intrinsic.</summary>
    public static readonly IrType Metadata = new MetadataType();
}

internal sealed record VoidType : IrType;

internal sealed record PointerType : IrType;

internal sealed record MetadataType : IrType;

/// <param name="Bits">1 to 128.</param>
internal sealed record IntegerType(int Bits) : IrType;

internal sealed record ArrayType(ulong Count, IrType Element) : IrType;

/// <summary>A struct with its fields in place.</summary>
/// <param name="IsPacked">No padding between the fields.</param>
internal sealed record StructType(ImmutableArray<IrType> Fields, bool IsPacked) : IrType
{
    public bool Equals(StructType? other) =>
        other is not null && IsPacked == other.IsPacked && Fields.SequenceEqual(other.Fields);

    public override int GetHashCode() => HashCode.Combine(Fields.Length, IsPacked);
}

/// <summary>A struct by its name; <see cref="IrModule.Types"/> has its fields, or none when it is opaque.</summary>
/// <param name="Name">Without the percent sign, for example <c>struct.iommu_user_data</c>.</param>
internal sealed record NamedType(string Name) : IrType;
