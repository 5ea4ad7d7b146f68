using System.Globalization;
using System.Text;

namespace IommuSim.Search.Recordings;

/// <summary>Bytes as two digits each; of eight or more equal ones one, with their number: <c>(ff*16)</c>.</summary>
internal static class HexText
{
    private const int LeastEqual = 8;

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; i < bytes.Length; )
        {
            var equal = bytes[i..].IndexOfAnyExcept(bytes[i]);
            if (equal < 0)
                equal = bytes.Length - i;
            if (equal >= LeastEqual)
                text.Append(CultureInfo.InvariantCulture, $"({bytes[i]:x2}*{equal})");
            else
                text.Insert(text.Length, bytes[i].ToString("x2", CultureInfo.InvariantCulture), equal);
            i += equal;
        }

        return text.ToString();
    }
}
