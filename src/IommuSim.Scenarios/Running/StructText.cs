using System.Globalization;
using System.Text;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>Prints a struct in the layout of strace: the size and every field that is not 0.</summary>
internal static class StructText
{
    /// <param name="text">What is appended to.</param>
    /// <param name="layout">The struct's.</param>
    /// <param name="head">The memory that holds the struct.</param>
    /// <param name="start">Where in it the struct begins, in bytes.</param>
    /// <param name="isArgument">It is the argument of an ioctl: its size counts, its op is told elsewhere.</param>
    /// <param name="pointerAt">For a field that is a pointer, what appends its target.</param>
    public static void AppendFields(
        StringBuilder text,
        StructLayoutTable layout,
        ReadOnlySpan<byte> head,
        int start,
        bool isArgument,
        Func<FieldPlace, Action?>? pointerAt = null
    )
    {
        var first = true;
        foreach (var field in layout.Fields)
        {
            var place = FieldPlace.Of(field, start);
            if (place.End > head.Length)
                return;
            var pointer = pointerAt?.Invoke(place);
            var isSize = isArgument && field.Offset == 0;
            var isZero = !head.Slice(place.Offset, field.Size).ContainsAnyExcept((byte)0);
            if ((pointer is null && isZero && !isSize) || (isArgument && field.CName == "op"))
                continue;
            text.Append(first ? "" : ", ").Append(field.CName).Append('=');
            first = false;
            if (pointer is null)
                text.Append(ValueText(new OutputField(field.CName, place), head));
            else
                pointer();
        }
    }

    /// <summary>The field's value as scenarios write it.</summary>
    public static string ValueText(OutputField field, ReadOnlySpan<byte> head)
    {
        var values = new ulong[field.Place.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = field.Place.Read(head[field.Place.Offset..], i);
        return FieldText.Render(field, values);
    }

    /// <summary>
    /// Whether the kernel wrote this field: by its name, or because it changed and is no pointer.
    /// </summary>
    public static bool IsOutput(OutputField output, ReadOnlySpan<byte> now, ReadOnlySpan<byte> before) =>
        output.Name.StartsWith("out_", StringComparison.Ordinal)
        || (output.Place.ElementSize < sizeof(ulong) && !now.SequenceEqual(before));
}

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
