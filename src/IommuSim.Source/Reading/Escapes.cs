using System.Globalization;
using System.Text;

namespace IommuSim.Source.Reading;

/// <summary>
/// Text between quotes: <c>\22</c> is the byte 0x22, <c>\\</c> a backslash, any other backslash itself.
/// </summary>
internal static class Escapes
{
    public static string Text(ReadOnlySpan<char> value)
    {
        var text = new StringBuilder(value.Length);
        for (var at = 0; at < value.Length; at++)
            text.Append(Character(value, ref at));
        return text.ToString();
    }

    /// <param name="at">Of the character; left on the last one that belongs to it.</param>
    public static char Character(ReadOnlySpan<char> value, ref int at)
    {
        if (value[at] != '\\' || at + 1 >= value.Length)
            return value[at];
        if (value[at + 1] == '\\')
        {
            at++;
            return '\\';
        }

        var digits = at + 3 <= value.Length ? value.Slice(at + 1, 2) : [];
        if (!byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            return '\\';
        at += 2;
        return (char)code;
    }
}
