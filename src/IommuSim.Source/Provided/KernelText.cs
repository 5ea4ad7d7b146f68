using System.Globalization;
using System.Text;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>The kernel's strings, and as much of its printf as names and reports need.</summary>
internal static class KernelText
{
    private const int MaxLength = 4096;
    private const ulong FirstError = unchecked((ulong)-4095);

    /// <summary>The string that starts here; each byte is judged as read by the C.</summary>
    public static string ReadString(Cpu cpu, ulong address)
    {
        if (address == 0)
            return "(null)";
        var text = new StringBuilder();
        for (var i = 0; i < MaxLength; i++)
        {
            var value = cpu.Memory.Load8(address + (ulong)i, cpu.Site);
            if (value == 0)
                break;
            text.Append((char)value);
        }

        return text.ToString();
    }

    /// <summary>Writes the text and a NUL, at most so many bytes.</summary>
    public static void WriteString(Cpu cpu, ulong address, string text, ulong room = ulong.MaxValue)
    {
        if (room == 0)
            return;
        var length = Math.Min((ulong)text.Length, room - 1);
        for (ulong i = 0; i < length; i++)
            cpu.Memory.Store8(address + i, text[(int)i], cpu.Site);
        cpu.Memory.Store8(address + length, 0, cpu.Site);
    }

    /// <summary>
    /// Formats as printk does. Addresses are written as "ptr", so that a report does not depend on where things lie.
    /// </summary>
    // Models lib/vsprintf.c:vsnprintf(), v7.3.
    public static string Format(Cpu cpu, ulong format, ReadOnlySpan<ulong> arguments)
    {
        var pattern = ReadString(cpu, format);
        var text = new StringBuilder();
        for (var at = 0; at < pattern.Length; )
        {
            if (pattern[at] != '%')
            {
                text.Append(pattern[at++]);
                continue;
            }

            at++;
            var spec = Specification.Read(pattern, ref at, ref arguments);
            spec.Append(text, cpu, ref arguments);
        }

        return text.ToString();
    }

    private static ulong Take(ref ReadOnlySpan<ulong> arguments)
    {
        if (arguments.IsEmpty)
            return 0;
        var first = arguments[0];
        arguments = arguments[1..];
        return first;
    }

    private readonly record struct Specification(string Flags, int Width, int Precision, string Size, string Kind)
    {
        public static Specification Read(string pattern, ref int at, ref ReadOnlySpan<ulong> arguments)
        {
            var start = at;
            while (at < pattern.Length && "-+ #0".Contains(pattern[at], StringComparison.Ordinal))
                at++;
            var flags = pattern[start..at];
            var width = ReadNumber(pattern, ref at, ref arguments) ?? 0;
            int? precision = null;
            if (at < pattern.Length && pattern[at] == '.')
            {
                at++;
                precision = ReadNumber(pattern, ref at, ref arguments) ?? 0;
            }

            start = at;
            while (at < pattern.Length && "hlzjt".Contains(pattern[at], StringComparison.Ordinal))
                at++;
            var size = pattern[start..at];
            start = at;
            if (at < pattern.Length && pattern[at++] == 'p')
            {
                while (at < pattern.Length && char.IsAsciiLetterOrDigit(pattern[at]))
                    at++;
            }

            return new Specification(flags, width, precision ?? -1, size, pattern[start..at]);
        }

        public void Append(StringBuilder text, Cpu cpu, ref ReadOnlySpan<ulong> arguments)
        {
            var isLeft = Flags.Contains('-', StringComparison.Ordinal);
            var value = Kind == "%" ? "%" : Render(cpu, Take(ref arguments));
            var isNumber = Kind is "d" or "i" or "u" or "x" or "X" or "o";
            var fill = !isLeft && isNumber && Flags.Contains('0', StringComparison.Ordinal) ? '0' : ' ';
            text.Append(isLeft ? value.PadRight(Width) : value.PadLeft(Width, fill));
        }

        private string Render(Cpu cpu, ulong value)
        {
            var prefix = Flags.Contains('#', StringComparison.Ordinal) ? "0x" : "";
            switch (Kind)
            {
                case "s":
                    var text = ReadString(cpu, value);
                    return Precision >= 0 && Precision < text.Length ? text[..Precision] : text;
                case "c":
                    return ((char)(byte)value).ToString();
                case "d" or "i":
                    return AtLeastPrecision(Signed(value).ToString(CultureInfo.InvariantCulture));
                case "u":
                    return AtLeastPrecision(Unsigned(value).ToString(CultureInfo.InvariantCulture));
                case "x":
                    return prefix + AtLeastPrecision(Unsigned(value).ToString("x", CultureInfo.InvariantCulture));
                case "X":
                    return prefix + AtLeastPrecision(Unsigned(value).ToString("X", CultureInfo.InvariantCulture));
                case "pe" when value >= FirstError:
                    return ((long)value).ToString(CultureInfo.InvariantCulture);
                default:
                    return Kind.StartsWith('p') ? "ptr" : "?";
            }
        }

        private string AtLeastPrecision(string digits) => digits.PadLeft(Math.Max(Precision, 0), '0');

        private long Signed(ulong value) =>
            Size switch
            {
                "hh" => (sbyte)value,
                "h" => (short)value,
                "" => (int)value,
                _ => (long)value,
            };

        private ulong Unsigned(ulong value) =>
            Size switch
            {
                "hh" => (byte)value,
                "h" => (ushort)value,
                "" => (uint)value,
                _ => value,
            };

        private static int? ReadNumber(string pattern, ref int at, ref ReadOnlySpan<ulong> arguments)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                at++;
                return Math.Abs((int)Take(ref arguments));
            }

            var start = at;
            while (at < pattern.Length && char.IsAsciiDigit(pattern[at]))
                at++;
            return start == at ? null : int.Parse(pattern.AsSpan(start, at - start), CultureInfo.InvariantCulture);
        }
    }
}
