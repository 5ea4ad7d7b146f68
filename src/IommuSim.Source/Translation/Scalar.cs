using IommuSim.Source.Ir;
using IommuSim.Source.Linking;

namespace IommuSim.Source.Translation;

/// <summary>A number as .NET has it on its stack.</summary>
internal enum Width
{
    /// <summary>Up to 32 bits in an int, the bits above the type's own 0.</summary>
    Int,

    /// <summary>33 to 64 bits and pointers in a long, the bits above the type's own 0.</summary>
    Long,
}

/// <summary>An integer or pointer of IR.</summary>
/// <param name="Bits">1 to 64.</param>
internal readonly record struct Scalar(int Bits)
{
    public const int PointerBits = 64;

    /// <summary>Structs of more are in memory.</summary>
    private const int MaxParts = 16;

    public Width Width => Bits <= 32 ? Width.Int : Width.Long;

    public Type ClrType => Width == Width.Int ? typeof(int) : typeof(long);

    /// <summary>The bits that are the type's own.</summary>
    public ulong Mask => Bits == 64 ? ulong.MaxValue : (1UL << Bits) - 1;

    /// <summary>All bits of the number on the stack are the type's own.</summary>
    public bool FillsWidth => Bits is 32 or 64;

    /// <summary>Bytes that a load or store touches.</summary>
    public int Bytes => (Bits + 7) / 8;

    /// <summary>The numbers that a value of this type is made of: one, or those of its fields in their order.</summary>
    public static Scalar[] Of(LinkedModule module, IrType type, int line)
    {
        if (module.Layout.Resolve(type) is not (StructType or ArrayType))
            return Simple(module, type, line);
        module.Layout.SizeOf(type);
        var parts = Parts(module, type, line);
        return parts.Length <= MaxParts
            ? parts
            : throw new IrException(module.Module.Path, line, $"values of {type} are not translated");
    }

    private static Scalar[] Parts(LinkedModule module, IrType type, int line) =>
        module.Layout.Resolve(type) switch
        {
            StructType fields => [.. fields.Fields.SelectMany(f => Of(module, f, line))],
            ArrayType { Count: <= MaxParts } array =>
            [
                .. Enumerable.Repeat(Of(module, array.Element, line), (int)array.Count).SelectMany(s => s),
            ],
            _ => throw new IrException(module.Module.Path, line, $"values of {type} are not translated"),
        };

    private static Scalar[] Simple(LinkedModule module, IrType type, int line)
    {
        switch (module.Layout.Resolve(type))
        {
            case VoidType:
                return [];
            case PointerType:
                return [new Scalar(PointerBits)];
            case IntegerType { Bits: <= 64 } integer:
                return [new Scalar(integer.Bits)];
            case IntegerType integer:
                throw new IrException(module.Module.Path, line, $"integers of {integer.Bits} bits are not translated");
            case var other:
                throw new IrException(module.Module.Path, line, $"values of {other} are not translated");
        }
    }
}
