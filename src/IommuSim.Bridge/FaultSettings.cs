using IommuSim.Bridge.Host;
using IommuSim.Machine;

namespace IommuSim.Bridge;

/// <summary>
/// The settings of the kernel's fault attributes, which programs see below /sys/kernel/debug. Those are here that mean
/// something to a machine; others a program does not find.
/// </summary>
internal sealed class FaultSettings
{
    public const string Folder = "/sys/kernel/debug";

    private const string IgnoreWait = "ignore-gfp-wait";
    private static readonly string[] s_attributes = ["fail_iommufd", "fail_page_alloc", "fail_usercopy", "failslab"];

    private readonly Dictionary<string, Dictionary<string, ITextValue>> _values = new(StringComparer.Ordinal);
    private readonly FaultSwitch _ignoresWaiting = new(isOn: true);

    public FaultSettings()
    {
        foreach (var attribute in s_attributes)
        {
            _values[attribute] = new Dictionary<string, ITextValue>(StringComparer.Ordinal)
            {
                // Only fail-nth makes points fail.
                ["probability"] = new FaultNumber(0, most: 0),
                // There is no log that it would fill.
                ["verbose"] = new FaultNumber(2, most: ulong.MaxValue),
            };
        }

        // There is no high memory on these machines. Slabs and pages are one kind of point, which failslab's switch
        // decides.
        _values["fail_page_alloc"]["ignore-gfp-highmem"] = new FaultSwitch(isOn: true);
        _values["fail_page_alloc"][IgnoreWait] = new FaultSwitch(isOn: true);
        _values["failslab"][IgnoreWait] = _ignoresWaiting;
    }

    /// <summary>Folders, sorted.</summary>
    public static IReadOnlyList<string> Attributes => s_attributes;

    /// <summary>Whether allocations that may wait can fail, as nearly all in iommufd do.</summary>
    public bool AllocationsFail => !_ignoresWaiting.IsOn;

    public IEnumerable<string> NamesIn(string attribute) => _values[attribute].Keys;

    /// <summary>null for a name that no attribute has.</summary>
    public ITextValue? Find(string attribute, string name) =>
        _values.GetValueOrDefault(attribute)?.GetValueOrDefault(name);
}

/// <summary>Unlike the kernel's, it refuses a word that says neither.</summary>
// Models fs/debugfs/file.c:debugfs_write_file_bool(), v7.3.
internal sealed class FaultSwitch(bool isOn) : ITextValue
{
    public bool IsOn { get; private set; } = isOn;

    public string Text => IsOn ? "Y\n" : "N\n";

    // Models fs/debugfs/file.c: fops_bool seeks as files without a length do, v7.3.
    public bool IsSeekable => true;

    public int MaxWrite => 3;

    // Models lib/kstrtox.c:kstrtobool(), v7.3.
    public Errno Write(string text)
    {
        bool? value = text.ToUpperInvariant() switch
        {
            ['E' or 'Y' or 'T' or '1', ..] or ['O', 'N', ..] => true,
            ['D' or 'N' or 'F' or '0', ..] or ['O', 'F', ..] => false,
            _ => null,
        };
        if (value is null)
            return Errno.EINVAL;
        IsOn = value.Value;
        return Errno.OK;
    }
}

// Models lib/fault-inject.c:debugfs_ul_set(), v7.3.
internal sealed class FaultNumber(ulong value, ulong most) : ITextValue
{
    private ulong _value = value;

    public string Text => $"{_value}\n";

    public int MaxWrite => 23;

    // Models fs/libfs.c:simple_attr_open(), v7.3.
    public bool HasPositions => false;

    public Errno Write(string text)
    {
        var errno = CNumber.Parse(text, ulong.MaxValue, out var value);
        if (errno != Errno.OK)
            return errno;
        if (value > most)
            return Errno.EINVAL;
        _value = value;
        return Errno.OK;
    }
}

/// <summary>Numbers as the kernel reads them from text, in C's three bases.</summary>
internal static class CNumber
{
    // Models lib/kstrtox.c:kstrtoull() with the base 0, v7.3.
    public static Errno Parse(string text, ulong most, out ulong value)
    {
        value = 0;
        var digits = text.AsSpan();
        if (digits is ['+', ..])
            digits = digits[1..];
        if (digits is [.., '\n'])
            digits = digits[..^1];
        var radix = 10u;
        if (digits is ['0', 'x' or 'X', _, ..] && char.IsAsciiHexDigit(digits[2]))
        {
            radix = 16;
            digits = digits[2..];
        }
        else if (digits is ['0', ..])
        {
            radix = 8;
        }

        if (digits.IsEmpty)
            return Errno.EINVAL;
        UInt128 sum = 0;
        foreach (var digit in digits)
        {
            var unit = char.IsAsciiHexDigit(digit) ? (uint)Convert.ToInt32($"{digit}", 16) : radix;
            if (unit >= radix)
                return Errno.EINVAL;
            sum = UInt128.Min((sum * radix) + unit, UInt128.MaxValue / 32);
        }

        if (sum > most)
            return Errno.ERANGE;
        value = (ulong)sum;
        return Errno.OK;
    }
}
