using System.Globalization;

namespace IommuSim.Scenarios.Language;

/// <summary>Plain numbers: decimal with an optional K, M or G, or 0x hex; 64 bits.</summary>
internal static class NumberSyntax
{
    /// <summary>The magnitude of the least negative number, -2^63.</summary>
    public const ulong LargestNegative = 1UL << 63;

    public enum Verdict
    {
        Good,
        NotANumber,
        TooLarge,
    }

    public static Verdict Read(string text, out ulong number)
    {
        number = 0;
        ReadOnlySpan<char> digits = text;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return ReadDigits(digits[2..], 16, 0, out number);
        int shift = text[^1] switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            _ => 0,
        };
        return ReadDigits(shift == 0 ? digits : digits[..^1], 10, shift, out number);
    }

    /// <summary>The same number in the letter case the language wants, if it is one then.</summary>
    public static string? InProperCase(string text)
    {
        string proper = text.StartsWith("0X", StringComparison.Ordinal)
            ? "0x" + text[2..]
            : text.ToUpper(CultureInfo.InvariantCulture);
        return proper != text && Read(proper, out _) == Verdict.Good ? proper : null;
    }

    private static Verdict ReadDigits(ReadOnlySpan<char> digits, int radix, int shift, out ulong number)
    {
        ulong sum = 0;
        number = 0;
        if (digits.IsEmpty)
            return Verdict.NotANumber;
        var fits = true;
        foreach (char c in digits)
        {
            var digit = DigitOf(c);
            if (digit >= radix)
                return Verdict.NotANumber;
            fits &= Math.BigMul(sum, (ulong)radix, out sum) == 0 && sum <= ulong.MaxValue - (ulong)digit;
            sum += (ulong)digit;
        }

        fits &= sum <= ulong.MaxValue >> shift;
        number = fits ? sum << shift : 0;
        return fits ? Verdict.Good : Verdict.TooLarge;
    }

    /// <summary>16, which no radix allows, for what is no digit.</summary>
    private static int DigitOf(char c) =>
        c switch
        {
            >= '0' and <= '9' => c - '0',
            >= 'a' and <= 'f' => c - 'a' + 10,
            >= 'A' and <= 'F' => c - 'A' + 10,
            _ => 16,
        };
}
