using System.Diagnostics;

namespace IommuSim.Cli.Dialects;

/// <summary>What a command found, for programs that read results of tests or findings of an analysis.</summary>
/// <param name="Command">The command that judged, for example <c>run</c>.</param>
/// <param name="Suites">In the order in which they are printed.</param>
internal sealed record DialectReport(string Command, IReadOnlyList<DialectSuite> Suites)
{
    public IEnumerable<DialectCase> Cases => Suites.SelectMany(suite => suite.Cases);
}

/// <summary>Cases that belong together, for example one scenario on each of its kernels.</summary>
/// <param name="Name">Unique in the report, and the same in every run: readers compare runs by it.</param>
internal sealed record DialectSuite(string Name, IReadOnlyList<DialectCase> Cases)
{
    /// <summary>Failed when a case did, passed when one did and none failed, else skipped.</summary>
    public DialectOutcome Outcome =>
        Cases.Any(c => c.Outcome == DialectOutcome.Fail) ? DialectOutcome.Fail
        : Cases.Any(c => c.Outcome == DialectOutcome.Pass) ? DialectOutcome.Pass
        : DialectOutcome.Skip;
}

/// <summary>One verdict.</summary>
/// <param name="Name">Unique in its suite, and the same in every run.</param>
internal sealed record DialectCase(string Name, DialectOutcome Outcome)
{
    /// <summary>What is broken; only a failed case has one, and each has.</summary>
    public DialectRule? Rule { get; init; }

    /// <summary>One line: what does not hold, or why the case was skipped.</summary>
    public string Message { get; init; } = "";

    /// <summary>More lines, for a person; empty without.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The file that a reader should open, relative to the folder of the source; null without.</summary>
    public string? File { get; init; }

    /// <summary>From 1; null without, and without a file.</summary>
    public int? Line { get; init; }

    /// <summary>The value of <c>--replay</c> that shows it again; empty without.</summary>
    public string Replay { get; init; } = "";

    /// <summary><c>file:line: message</c>, as compilers write it.</summary>
    public string Headline =>
        File is null ? Message
        : Line is null ? $"{File}: {Message}"
        : $"{File}:{Line}: {Message}";

    /// <summary>The lines below the headline.</summary>
    public IEnumerable<string> Explanation
    {
        get
        {
            string[] detail = Detail.Length == 0 ? [] : Detail.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
            return Replay.Length == 0 ? detail : [.. detail, $"replay: {Replay}"];
        }
    }
}

/// <summary>How a case ended.</summary>
internal enum DialectOutcome
{
    Pass,
    Fail,
    Skip,
}

/// <summary>
/// What a failed case breaks. Readers keep ids for years: one is never renamed or given another meaning.
/// </summary>
/// <param name="Id">Lower-case words with dashes, in groups separated by slashes.</param>
/// <param name="Description">One sentence.</param>
internal sealed record DialectRule(string Id, string Description)
{
    /// <summary>
    /// The rule of a report or a broken invariant, by what its title says without the function:
    /// <c>report/kasan-slab-use-after-free</c>, <c>invariant/i4</c>.
    /// </summary>
    public static DialectRule OfTitle(string title)
    {
        if (InvariantOf(title) is { } number)
            return new DialectRule($"invariant/{number}", title);
        var end = title.IndexOf(" in ", StringComparison.Ordinal);
        var kind = end < 0 ? title : title[..end];
        return new DialectRule($"report/{Slug(kind)}", kind);
    }

    /// <summary>The <c>i4</c> of <c>I4: ...</c>.</summary>
    private static string? InvariantOf(string title)
    {
        var end = title.IndexOf(':', StringComparison.Ordinal);
        return end > 1 && title[0] == 'I' && title.AsSpan(1, end - 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? title[..end].ToLowerInvariant()
            : null;
    }

    private static string Slug(string words)
    {
        var parts = words.Split([' ', ':', ';', ',', '_', '-'], StringSplitOptions.RemoveEmptyEntries);
        Debug.Assert(parts.Length > 0, "a title has words");
        return string.Join('-', parts).ToLowerInvariant();
    }
}
