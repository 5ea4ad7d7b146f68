using System.Globalization;
using System.Text.RegularExpressions;

namespace IommuSim.Source.UserMode;

/// <summary>One report of a kernel's checkers, as it stands in the log.</summary>
/// <param name="Headline">The line that says what it is, without time stamp.</param>
/// <param name="Lines">The headline and what belongs to it: stack traces, places of allocation.</param>
internal sealed record KernelSplat(string Headline, IReadOnlyList<string> Lines);

/// <summary>Finds the reports in the text of a kernel's log.</summary>
internal static partial class KernelLog
{
    /// <summary>A report of KASAN with three stacks has about a hundred lines.</summary>
    private const int MostLines = 150;

    public static IReadOnlyList<KernelSplat> Read(IEnumerable<string> log)
    {
        var splats = new List<(string Headline, List<string> Lines)>();
        foreach (var line in log.Select(WithoutStamp))
        {
            if (Headline().IsMatch(line))
                splats.Add((line, [line]));
            else if (splats.Count > 0 && splats[^1].Lines.Count < MostLines)
                splats[^1].Lines.Add(line);
        }

        return [.. splats.Select(splat => new KernelSplat(splat.Headline, WithoutRule(splat.Lines)))];
    }

    /// <summary>Whether a function is on the stacks of a report; not where the stack held it before.</summary>
    public static bool Names(KernelSplat splat, string function) =>
        splat.Lines.Any(line =>
            !line.Contains("] ? ", StringComparison.Ordinal)
            && Symbols().Matches(line).Any(symbol => symbol.Groups["name"].Value == function)
        );

    /// <summary>The headline without numbers that are others in each run.</summary>
    public static string Describe(KernelSplat splat) => Changing().Replace(splat.Headline, "").TrimEnd(' ', ',', ':');

    private static string WithoutStamp(string line) => Stamp().Replace(line, "");

    /// <summary>The rule that opens the next report is not of this one.</summary>
    private static List<string> WithoutRule(List<string> lines) =>
        lines.Count > 1 && Rule().IsMatch(lines[^1]) ? lines[..^1] : lines;

    /// <summary>What a symbol's place in the text is called: a number, or an offset and a size.</summary>
    private const string Place = @"\+0x[0-9a-f]+/0x[0-9a-f]+";

    [GeneratedRegex(@"^(?:<\d+>)?(?:\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?)?", RegexOptions.None, 1000)]
    private static partial Regex Stamp();

    [GeneratedRegex(
        @"^(?:WARNING: |BUG: |BUG \S+ |KASAN: |UBSAN: |Oops|INFO: (?:trying to register|task )|refcount_t: |"
            + @"Kernel panic - |list_(?:add|del) corruption|divide error)",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Headline();

    [GeneratedRegex(@"(?<name>[A-Za-z_]\w*)(?:\.\w+)*" + Place, RegexOptions.None, 1000)]
    private static partial Regex Symbols();

    [GeneratedRegex(
        @"(?: CPU: \d+ PID: \d+(?= at ))|"
            + Place
            + @"|, CPU#\d+: .*$|, address: [0-9a-fx]+.*$|0x[0-9a-f]+(?:, ip 0x[0-9a-f]+)?",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Changing();

    [GeneratedRegex(@"^(?:-+\[ cut here \]-+|=+)$", RegexOptions.None, 1000)]
    private static partial Regex Rule();
}
