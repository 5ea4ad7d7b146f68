using System.Globalization;

namespace IommuSim.Bridge;

/// <summary>One line of /proc/PID/maps: 7f00-7f10 rw-p 0 00:00 0 name.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="File">What is mapped; inode 0 for memory of the program alone.</param>
internal readonly record struct MappedArea(
    ulong Start,
    ulong End,
    string Access,
    ulong Offset,
    FileIdentity File,
    string Name
)
{
    /// <summary>Other programs may have the same pages.</summary>
    public bool IsShared => Access[3] == 's' && File.Inode != 0;

    public static MappedArea Parse(string line)
    {
        var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        var dash = words[0].IndexOf('-', StringComparison.Ordinal);
        var colon = words[3].IndexOf(':', StringComparison.Ordinal);
        var major = Hex(words[3].AsSpan(0, colon));
        var minor = Hex(words[3].AsSpan(colon + 1));
        return new MappedArea(
            Hex(words[0].AsSpan(0, dash)),
            Hex(words[0].AsSpan(dash + 1)),
            words[1],
            Hex(words[2]),
            new FileIdentity((minor << 32) | major, ulong.Parse(words[4], CultureInfo.InvariantCulture)),
            words.Length > 5 ? words[5].Trim() : ""
        );
    }

    /// <summary>The pages that the host's kernel shares with programs cannot be pinned.</summary>
    public bool CanPin(bool writable) =>
        Access[0] == 'r'
        && (!writable || Access[1] == 'w')
        && !Name.StartsWith("[vvar", StringComparison.Ordinal)
        && Name != "[vsyscall]";

    private static ulong Hex(ReadOnlySpan<char> digits) =>
        ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
