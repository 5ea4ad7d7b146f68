using System.Globalization;
using System.Text;

namespace IommuSim.Scenarios.Binding;

/// <summary>Prints field values the way scenarios write them.</summary>
internal static class FieldText
{
    /// <summary>
    /// Larger numbers are as a rule addresses and bit patterns, and print in hex.
    /// </summary>
    private const ulong LargestDecimal = 4096;

    public const string Unreadable = "unreadable";

    public static string Number(ulong value) =>
        value <= LargestDecimal
            ? value.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    /// <summary>The numbers of a field, given one by one.</summary>
    public static string Render(OutputField field, ReadOnlySpan<ulong> values)
    {
        if (field.Place.IsRange && values.Length == 2)
            return string.Create(CultureInfo.InvariantCulture, $"0x{values[0]:x}-0x{values[1]:x}");
        if (field.Place.IsScalar)
            return Scalar(field, values[0]);
        var text = new StringBuilder("[");
        foreach (var value in values)
            text.Append(text.Length == 1 ? "" : ", ").Append(Number(value));
        return text.Append(']').ToString();
    }

    private static string Scalar(OutputField field, ulong value) =>
        field.Words is { } words && value < (ulong)words.Count ? words[(int)value] : Number(value);
}
