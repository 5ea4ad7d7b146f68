using System.Globalization;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Catalog;

/// <summary>Where a field lies: one number, or several of one size for arrays and ranges.</summary>
/// <param name="Offset">Bytes from the start of the memory.</param>
/// <param name="ElementSize">Bytes of one number: 1, 2, 4 or 8.</param>
/// <param name="Count">How many there are.</param>
/// <param name="IsRange">Two numbers that are written FIRST-LAST.</param>
internal readonly record struct FieldPlace(int Offset, int ElementSize, int Count, bool IsRange)
{
    public const int RangeSize = 2 * sizeof(ulong);

    public int End => Offset + (ElementSize * Count);

    public bool IsScalar => Count == 1;

    /// <summary>As a C reader would write the type.</summary>
    public string CType
    {
        get
        {
            var element = string.Create(CultureInfo.InvariantCulture, $"u{ElementSize * 8}");
            return IsRange ? "range"
                : IsScalar ? element
                : $"{element}[{Count}]";
        }
    }

    public static FieldPlace Of(StructField field, int start = 0)
    {
        if (field.IsScalar)
            return new FieldPlace(start + field.Offset, field.Size, 1, false);
        if (field.FieldType == typeof(IovaRange))
            return Range(start + field.Offset);
        var element = field.CType[..field.CType.IndexOf('[', StringComparison.Ordinal)] switch
        {
            "u8" => 1,
            "u16" => 2,
            "u32" => 4,
            _ => 8,
        };
        return new FieldPlace(start + field.Offset, element, field.Size / element, false);
    }

    public static FieldPlace Range(int offset) => new(offset, sizeof(ulong), 2, true);

    public ulong Read(ReadOnlySpan<byte> bytes, int index)
    {
        var element = bytes.Slice(index * ElementSize, ElementSize);
        ulong value = 0;
        for (var i = 0; i < element.Length; i++)
            value |= (ulong)element[i] << (8 * i);
        return value;
    }

    /// <summary>Writes what fits of the value into the bytes of the whole memory.</summary>
    public void Write(Span<byte> memory, int index, ulong value)
    {
        var element = memory.Slice(Offset + (index * ElementSize), ElementSize);
        for (var i = 0; i < element.Length; i++)
            element[i] = (byte)(value >> (8 * i));
    }
}
