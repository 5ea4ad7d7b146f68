using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Tests.Reading;

/// <summary>Prints what was read, so that a test can say what it expects in a line.</summary>
internal static class IrPrinter
{
    /// <summary>A record as its name and the arguments of its constructor.</summary>
    public static string Print(object? value) =>
        value switch
        {
            null => "-",
            VoidType => "void",
            PointerType => "ptr",
            MetadataType => "metadata",
            IntegerType integer => $"i{integer.Bits}",
            ArrayType array => $"[{array.Count} x {Print(array.Element)}]",
            StructType { IsPacked: true } packed => $"<{{{List(packed.Fields)}}}>",
            StructType fields => $"{{{List(fields.Fields)}}}",
            NamedType named => $"%{named.Name}",
            LocalValue local => $"%{local.Name}",
            GlobalValue global => $"@{global.Name}",
            IntegerValue number => number.Value.ToString(CultureInfo.InvariantCulture),
            ZeroValue => "zero",
            UndefinedValue => "undefined",
            MetadataValue => "metadata",
            TypedValue typed => $"{Print(typed.Type)} {Print(typed.Value)}",
            string text => text,
            KeyValuePair<string, StructMember> member => Print(member.Value),
            IEnumerable list => $"[{List(list)}]",
            ITuple tuple => $"({List(Enumerable.Range(0, tuple.Length).Select(index => tuple[index]))})",
            _ when value.GetType().Namespace == typeof(IrType).Namespace && !value.GetType().IsEnum => Record(value),
            _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
        };

    private static string List(IEnumerable values) => string.Join(", ", values.Cast<object?>().Select(Print));

    private static string Record(object value)
    {
        var type = value.GetType();
        var parameters = type.GetConstructors()[0].GetParameters();
        var arguments = parameters.Select(parameter => type.GetProperty(parameter.Name!)!.GetValue(value));
        return $"{type.Name.Replace("Instruction", "", StringComparison.Ordinal)}({List(arguments)})";
    }
}
