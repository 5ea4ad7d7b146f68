using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using IommuSim.Machine;

namespace IommuSim.Source.UserMode;

/// <summary>What became of a finding on a real kernel.</summary>
internal enum VerdictKind
{
    Confirmed,
    NotReproduced,
    CannotBeAsked,
}

/// <summary>A verdict, one sentence on it, and the kernel's own lines.</summary>
internal sealed partial record Verdict(VerdictKind Kind, string Text, IReadOnlyList<string> Lines)
{
    private const int LinesShown = 16;

    public static Verdict CannotBeAsked(string why) => new(VerdictKind.CannotBeAsked, why, []);

    /// <summary>Why a finding cannot be asked of this User-Mode Linux; null where it can.</summary>
    public static Verdict? BeforeRun(FindingProgram program, UmlOptions options)
    {
        if (program.NeedsVfio)
            return CannotBeAsked("it needs a VFIO device");
        if (program.NeedsSharedGroup && !options.SharedGroup)
            return CannotBeAsked("its mock devices share a group; give --shared-group");
        if (program.NeedsOwnGroups && options.SharedGroup)
            return CannotBeAsked("its mock devices have a group each; leave out --shared-group");
        if (program.Need is { } need && !program.NeedsSharedGroup && !program.NeedsOwnGroups)
            return CannotBeAsked($"it needs {need}");
        return FindingClaim.Of(program.Title) switch
        {
            OtherClaim when !program.ClaimsOutcome => CannotBeAsked(
                "the title is a rule of the searches, for which a kernel has no report"
            ),
            ReportClaim { What.WhyNot: { } why } => CannotBeAsked(why),
            ReportClaim { What.Option: "--kasan" } when !options.Kasan => CannotBeAsked(
                "KASAN and lockdep report it; give --kasan"
            ),
            _ => null,
        };
    }

    /// <summary>Judges what a run left.</summary>
    public static Verdict Of(FindingProgram program, UmlRun run) =>
        program.ClaimsOutcome ? OfShown(program.Shows!, run) : Of(program.Title, run);

    /// <summary>As the other overload, by the title alone.</summary>
    public static Verdict Of(string title, UmlRun run)
    {
        var splats = KernelLog.Read(run.Log);
        return FindingClaim.Of(title) switch
        {
            ReportClaim report => OfReport(report, title, splats, run),
            OutcomeClaim outcome => OfOutcome(outcome, run),
            _ => CannotBeAsked("the title is a rule of the searches, for which a kernel has no report"),
        };
    }

    /// <summary>Compares the last call with where it was found, in any of the runs that the program makes.</summary>
    private static Verdict OfShown(string shows, UmlRun run)
    {
        const string Mark = "=> ";
        var shown = run
            .Output.Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (shown.Contains(Mark + shows))
            return new Verdict(VerdictKind.Confirmed, "the last call returns what it returned there", [Mark + shows]);
        if (shown.Count == 0)
            return new Verdict(VerdictKind.NotReproduced, $"the last call was not made; {EndOf(run)}", run.Output);
        var here = string.Join(" or ", shown.Select(line => $"'{line[Mark.Length..]}'"));
        return new Verdict(VerdictKind.NotReproduced, $"the last call returned '{shows}' there, and {here} here", []);
    }

    private static Verdict OfReport(ReportClaim report, string title, IReadOnlyList<KernelSplat> splats, UmlRun run)
    {
        // One that names the function itself comes before one of a function that it called.
        var matching = splats.Where(splat => report.Matches(splat, title)).ToList();
        var named = matching.Find(splat => splat.Headline.Contains($" {report.Function}+", StringComparison.Ordinal));
        if ((named ?? matching.FirstOrDefault()) is { } found)
            return new Verdict(VerdictKind.Confirmed, KernelLog.Describe(found), Shown(found));
        if (splats is [var other, ..])
        {
            var text = $"the kernel reported something else: {KernelLog.Describe(other)}";
            return new Verdict(VerdictKind.NotReproduced, text, Shown(other));
        }

        return new Verdict(VerdictKind.NotReproduced, EndOf(run), run.Output);
    }

    private static Verdict OfOutcome(OutcomeClaim claim, UmlRun run)
    {
        var start = claim.Call + ": ";
        if (run.Output.LastOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) is not { } last)
            return new Verdict(VerdictKind.NotReproduced, $"{claim.Call} was not called; {EndOf(run)}", run.Output);
        var outcome = last[start.Length..];
        if (outcome == Words(claim.Outcome))
            return new Verdict(VerdictKind.Confirmed, $"{claim.Call} returns {claim.Outcome}", [last]);
        return new Verdict(VerdictKind.NotReproduced, $"{claim.Call} returns '{outcome}'; {EndOf(run)}", run.Output);
    }

    /// <summary>As a program prints it, which has strerror(3) alone.</summary>
    private static string Words(Errno errno) => errno == Errno.OK ? "OK" : Marshal.GetPInvokeErrorMessage((int)errno);

    private static string EndOf(UmlRun run) =>
        run switch
        {
            { TimedOut: true } => "the program did not end in a minute",
            { Status: { } status } => string.Create(CultureInfo.InvariantCulture, $"exit status {status}"),
            _ => "the kernel ended before the program did",
        };

    /// <summary>The lines on which a report says what and where: no registers, and no stale frames.</summary>
    private static string[] Shown(KernelSplat splat) =>
        [.. splat.Lines.Where(line => line.Length > 0 && !Noise().IsMatch(line)).Take(LinesShown)];

    [GeneratedRegex(
        @"^(?:Modules linked in|Tainted|Stack:|---\[| [0-9a-f]{8,16}(?: |$)| *\[<[0-9a-f]+>\] \? )",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Noise();
}
