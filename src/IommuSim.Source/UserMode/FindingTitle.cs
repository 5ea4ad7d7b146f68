using System.Text.RegularExpressions;
using IommuSim.Machine;

namespace IommuSim.Source.UserMode;

/// <summary>What a finding's title claims of a kernel.</summary>
internal abstract record FindingClaim
{
    /// <summary>Reads a title as reports and searches write it.</summary>
    public static FindingClaim Of(string title)
    {
        foreach (var kind in ReportClaim.Kinds)
        {
            if (kind.Title.Match(title) is { Success: true } match)
                return new ReportClaim(kind, match.Groups["function"].Value);
        }

        if (OutcomeClaim.TryRead(title) is { } outcome)
            return outcome;
        return new OtherClaim();
    }
}

/// <summary>A checker of the kernel reports.</summary>
/// <param name="Function">Whose code it is, as a symbol table says.</param>
internal sealed record ReportClaim(ReportClaim.Kind What, string Function) : FindingClaim
{
    /// <summary>One kind of report.</summary>
    /// <param name="Title">Of findings; with the function.</param>
    /// <param name="Headline">In the kernel's log.</param>
    /// <param name="Option">What User-Mode Linux must be built with: --kasan or nothing.</param>
    /// <param name="WhyNot">Why it cannot report this; null where it can.</param>
    internal sealed record Kind(Regex Title, Regex Headline, string? Option = null, string? WhyNot = null);

    private const string NoMemorySanitizer = "um has no KMSAN";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<Kind> Kinds { get; } =
    [
        new(Titled("WARNING"), Line(@"WARNING: (?!possible|lock held)")),
        new(Titled("KASAN: (?<what>[a-z-]+)"), Line("BUG: KASAN: "), "--kasan"),
        new(
            Titled("BUG: kernel NULL pointer dereference"),
            Line(
                "BUG: kernel NULL pointer dereference|Kernel panic - not syncing: (?:Kernel mode fault at addr 0x[0-9a-f]{1,3},|Segfault with no mm)"
            )
        ),
        new(
            Titled("BUG: unable to handle page fault"),
            Line(
                "BUG: unable to handle page fault|Kernel panic - not syncing: (?:Kernel mode fault at addr 0x[0-9a-f]{4,},|Segfault with no mm)"
            )
        ),
        new(Titled("BUG: sleeping function called from invalid context"), Line("BUG: sleeping function called")),
        new(Titled("possible recursive locking detected"), Line("WARNING: possible recursive locking"), "--kasan"),
        new(
            Titled("possible circular locking dependency detected"),
            Line("WARNING: possible circular locking"),
            "--kasan"
        ),
        new(Titled("lock held when returning to user space"), Line("WARNING: lock held when returning"), "--kasan"),
        new(Titled("INFO: trying to register non-static key"), Line("INFO: trying to register non-static"), "--kasan"),
        new(Titled("refcount_t: (?<what>[a-z0-9 ]+); [a-z -]+"), Line("refcount_t: ")),
        new(Titled("list corruption"), Line("list_(?:add|del) corruption")),
        new(Titled("divide error"), Line("divide error|Kernel panic - not syncing: ")),
        new(Titled("Kernel panic"), Line("Kernel panic - ")),
        new(Titled("UBSAN: [a-z-]+"), Line("UBSAN: "), WhyNot: "this User-Mode Linux has no UBSAN"),
        new(Titled("KMSAN: [a-z-]+"), Line("KMSAN: "), WhyNot: NoMemorySanitizer),
        new(Titled("memory leak"), Line("kmemleak"), WhyNot: "a leak leaves no report in the kernel's log"),
        new(Titled("INFO: task hung"), Line("INFO: task "), WhyNot: "the kernel reports a hung task after two minutes"),
    ];

    /// <summary>Whether a report is of this kind, and of this function or of one that it was called from.</summary>
    public bool Matches(KernelSplat splat, string title)
    {
        if (!What.Headline.IsMatch(splat.Headline) || !KernelLog.Names(splat, Function))
            return false;
        var words = What.Title.Match(title).Groups["what"];
        return !words.Success || splat.Headline.Contains(words.Value, StringComparison.Ordinal);
    }

    private static Regex Titled(string words) =>
        new($@"^{words} in (?<function>\w+)$", RegexOptions.ExplicitCapture, s_limit);

    private static Regex Line(string words) => new($"^(?:{words})", RegexOptions.ExplicitCapture, s_limit);
}

/// <summary>A call has this outcome.</summary>
internal sealed partial record OutcomeClaim(string Call, Errno Outcome) : FindingClaim
{
    public static OutcomeClaim? TryRead(string title)
    {
        foreach (var match in new[] { Contract().Match(title), Difference().Match(title) })
        {
            if (match.Success && Enum.TryParse<Errno>(match.Groups["errno"].Value, out var errno))
                return new OutcomeClaim(match.Groups["call"].Value, errno);
        }

        return null;
    }

    /// <summary>The contract's: what the call returned, and what it should have returned.</summary>
    [GeneratedRegex(@"^I\d+: (?<call>\w+) answers (?<errno>[A-Z0-9]+), not ", RegexOptions.None, 1000)]
    private static partial Regex Contract();

    /// <summary>Of two kernels, the first one's.</summary>
    [GeneratedRegex(@"^(?<call>\w+): (?<errno>[A-Z0-9]+) here, ", RegexOptions.None, 1000)]
    private static partial Regex Difference();
}

/// <summary>A rule of the searches, of which a program sees nothing.</summary>
internal sealed record OtherClaim : FindingClaim;
