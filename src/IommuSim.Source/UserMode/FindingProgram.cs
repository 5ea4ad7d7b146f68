namespace IommuSim.Source.UserMode;

/// <summary>A C program that a search wrote for what it found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Title">What was found; the first line of the comment at its top.</param>
/// <param name="Need">What its comment says that it needs; null for nothing.</param>
/// <param name="NeedsVfio">It opens device files that its arguments name, or that it names itself.</param>
public sealed record FindingProgram(string Path, string Title, string? Need, bool NeedsVfio)
{
    private const string NeedMark = "* Needs: ";
    private const string TitleMark = "* ";

    public bool NeedsSharedGroup => Need?.Contains("--shared-group", StringComparison.Ordinal) ?? false;

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
        return new FindingProgram(path, first[TitleMark.Length..], needs.FirstOrDefault(), opensDevices);
    }
}
