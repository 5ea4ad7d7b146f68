using System.Globalization;
using System.Text.RegularExpressions;

namespace IommuSim.Cli.Review;

/// <summary>A patch beside a series: another form of one of its commits, or of what follows it.</summary>
/// <param name="Name">As reports call its kernel: <c>mine/04+idea</c>.</param>
/// <param name="On">The commit that it applies to, from 1; 0 for the base.</param>
/// <param name="File">The patch, as the command line has it.</param>
internal sealed partial record SeriesVariant(string Name, int On, string File)
{
    /// <summary>What git begins a reason with.</summary>
    private const string Error = "error: ";

    /// <summary>The name of the file alone, as reports call it.</summary>
    public string Patch => Path.GetFileName(File);

    /// <summary>The same for a report, which has no paths of the machine.</summary>
    public SeriesVariant WithoutFolder => this with { File = Patch };

    /// <summary>The subject of a patch that was mailed; else the name of the file.</summary>
    public string Subject
    {
        get
        {
            var text = System.IO.File.ReadAllText(File);
            var head = text.Split("\ndiff --git ", 2)[0];
            return SubjectLine().Match(head) is { Success: true, Groups: var groups }
                ? Blanks().Replace(groups["subject"].Value, " ").Trim()
                : Patch;
        }
    }

    /// <summary>Reads <c>FILE</c>, for the last commit, or <c>COMMIT:FILE</c>; else a sentence.</summary>
    /// <param name="commits">How many the series has.</param>
    public static IReadOnlyList<SeriesVariant> Parse(IReadOnlyList<string> texts, int commits)
    {
        SeriesVariant[] variants = [.. texts.Select(text => Parse(text, commits))];
        var twice = variants.GroupBy(v => v.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        return twice is null
            ? variants
            : throw new InputErrorException(
                $"--with '{twice.First().File}' and '{twice.Last().File}' would both be called {twice.Key}; "
                    + "give one of the files another name"
            );
    }

    /// <summary>What is wrong with the patch, from what git says of it.</summary>
    public string Refusal(string error)
    {
        var on = SeriesKernels.NameOf(On);
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var reason = lines.FirstOrDefault(l => l.StartsWith(Error, StringComparison.Ordinal))?[Error.Length..] ?? "";
        return reason.StartsWith("No valid patches", StringComparison.Ordinal)
            ? $"{Patch} is no patch: expected what 'git diff' or 'git format-patch' writes."
            : $"{Patch} does not apply to {on}: {reason}.";
    }

    private static SeriesVariant Parse(string text, int commits)
    {
        var (on, file) = (commits, text);
        if (OnCommit().Match(text) is { Success: true, Groups: var groups })
        {
            on = groups["number"].Success ? int.Parse(groups["number"].Value, CultureInfo.InvariantCulture) : 0;
            file = groups["file"].Value;
            if (on > commits || (on == 0 && groups["number"].Success))
            {
                throw new InputErrorException(
                    $"--with '{text}': the series has no {text[..^(file.Length + 1)]}; expected base, or "
                        + $"{SeriesKernels.NameOf(1)} to {SeriesKernels.NameOf(commits)}"
                );
            }
        }

        if (!System.IO.File.Exists(file))
        {
            throw new InputErrorException(
                $"--with '{text}': there is no file '{file}'; expected a patch, or base:PATCH, or "
                    + $"{SeriesKernels.NameOf(1)}:PATCH to say which commit it is for"
            );
        }

        return new SeriesVariant($"{SeriesKernels.NameOf(on)}+{Path.GetFileNameWithoutExtension(file)}", on, file);
    }

    [GeneratedRegex("^(?:base|mine/(?<number>[0-9]{1,4})):(?<file>.+)$", RegexOptions.None, 1000)]
    private static partial Regex OnCommit();

    [GeneratedRegex(@"^Subject:\s*(?:\[[^\]]*\]\s*)?(?<subject>\S.*(?:\n[ \t]+.*)*)", RegexOptions.Multiline, 1000)]
    private static partial Regex SubjectLine();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();
}
