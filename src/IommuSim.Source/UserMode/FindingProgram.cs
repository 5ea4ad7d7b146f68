using System.Text.RegularExpressions;

namespace IommuSim.Source.UserMode;

/// <summary>A C program that a search wrote for what it found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Title">What was found; the first line of the comment at its top.</param>
/// <param name="Need">What its comment says that it needs; null for nothing.</param>
/// <param name="NeedsVfio">It opens device files that its arguments name, or that it names itself.</param>
/// <param name="Shows">What its last call returns where it was found; null where the program does not say.</param>
internal sealed partial record FindingProgram(
    string Path,
    string Title,
    string? Need,
    bool NeedsVfio,
    string? Shows = null
)
{
    private const string ShowsMark = "* Shows: ";
    private const string NeedMark = "* Needs: ";
    private const string TitleMark = "* ";

    public bool NeedsSharedGroup => !NeedsOwnGroups && Says("--shared-group");

    public bool NeedsOwnGroups => Says("without --shared-group");

    /// <summary>
    /// The last call's outcome is what was found: what the contract of searches says otherwise, or another kernel.
    /// </summary>
    public bool ClaimsOutcome =>
        Shows is not null && FindingClaim.Of(Title) is OutcomeClaim or OtherClaim && !IsOfState().IsMatch(Title);

    /// <summary>Rules of a state, of which no single outcome tells.</summary>
    [GeneratedRegex("^I(?!10:|11:)[0-9]+:", RegexOptions.None, 1000)]
    private static partial Regex IsOfState();

    private bool Says(string words) => Need?.Contains(words, StringComparison.Ordinal) ?? false;

    /// <summary>Null for a file that is no such program.</summary>
    public static FindingProgram? Read(string path)
    {
        var text = File.ReadAllText(path);
        var comment = text.Split('\n')
            .Select(line => line.Trim())
            .SkipWhile(line => line.Length == 0)
            .TakeWhile(line => !line.Contains("*/", StringComparison.Ordinal))
            .ToList();
        if (comment is not ["/*", var first, ..] || !first.StartsWith(TitleMark, StringComparison.Ordinal))
            return null;
        var needs = comment
            .Where(line => line.StartsWith(NeedMark, StringComparison.Ordinal))
            .Select(line => line[NeedMark.Length..])
            // What no option gives comes first.
            .OrderBy(line => line.Contains("iommusim confirm", StringComparison.Ordinal));
        var opensDevices =
            text.Contains("open(argv[", StringComparison.Ordinal)
            || text.Contains("open(\"/dev/vfio", StringComparison.Ordinal);
        var shows = comment.Find(line => line.StartsWith(ShowsMark, StringComparison.Ordinal))?[ShowsMark.Length..];
        return new FindingProgram(path, first[TitleMark.Length..], needs.FirstOrDefault(), opensDevices, shows);
    }
}
