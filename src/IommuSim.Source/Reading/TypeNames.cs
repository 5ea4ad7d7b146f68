using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Types as the text spells them, for messages.</summary>
internal static class TypeNames
{
    public static string Of(IrType type) =>
        type switch
        {
            IntegerType integer => $"i{integer.Bits}",
            PointerType => "ptr",
            VoidType => "void",
            MetadataType => "metadata",
            NamedType named => $"%{named.Name}",
            ArrayType => "[...]",
            _ => "{...}",
        };
}
