using System.Text.Json.Serialization;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>A review as it is printed, in any format. It has no times and no paths of the machine.</summary>
/// <param name="Range">As the command line had it.</param>
/// <param name="Base">The hash of the commit before the series.</param>
/// <param name="Release">What the kernel calls itself.</param>
/// <param name="Commits">In the order of the series, a variant behind the commit that it applies to.</param>
/// <param name="Notes">What was not looked at, a sentence each.</param>
/// <param name="IsCut">The review was ended before it was through.</param>
internal sealed record ReviewReport(
    string Range,
    string Base,
    string Release,
    ReviewDepth Depth,
    IReadOnlyList<ReviewEntry> Commits,
    IReadOnlyList<string> Notes,
    bool IsCut
)
{
    /// <summary>Where the variants and what they stand beside answer differently; null without a variant.</summary>
    public Alternatives? Alternatives { get; init; }

    /// <summary>Some finding was asked of a real kernel.</summary>
    public bool IsOnLinux => Commits.Any(c => c.Findings.Any(f => f.OnLinux is not null));

    public int Findings =>
        Commits.Sum(c =>
            c.Findings.Count(f => !f.IsSymptom)
            + c.Uapi.Count(u => u.Breaks)
            + (c.Errors.Count > 0 ? 1 : 0)
            + (c.Selftests is { Failing.Count: > 0 } ? 1 : 0)
        );

    /// <summary>The same entries with what is decided over all of them; they come in the order of the series.</summary>
    public static IReadOnlyList<ReviewEntry> Decided(IEnumerable<ReviewEntry> entries)
    {
        var series = new ReviewedSeries();
        return
        [
            .. entries.Select(e =>
                e.Searched is { } searched
                    ? e with
                    {
                        Reviewed = series.Add(e.Name, isVariant: e.Variant is not null, searched),
                    }
                    : e
            ),
        ];
    }

    /// <summary>Nothing was found, and all was searched.</summary>
    public bool Holds => Findings == 0 && !IsCut && Commits.All(c => c.Refused.Length == 0);
}

/// <summary>One commit of a review. But for what is decided over all commits it is what its own searches saw.</summary>
/// <param name="Name">As reports call its kernel: <c>mine/01</c>.</param>
/// <param name="Uapi">What it changes in the header that programs are built against.</param>
/// <param name="Errors">The compiler's lines where it does not compile.</param>
/// <param name="Searched">Null where it was not searched.</param>
internal sealed record ReviewEntry(
    string Name,
    SeriesCommit Commit,
    IReadOnlyList<UapiChange> Uapi,
    IReadOnlyList<string> Errors,
    SearchedCommit? Searched = null
)
{
    /// <summary>The patch that this is, beside the series; its commit is what the patch makes.</summary>
    public SeriesVariant? Variant { get; init; }

    /// <summary>Why a variant could not be applied; empty where it could.</summary>
    public string Refused { get; init; } = "";

    /// <summary>Linux's own selftests; null where they were not run.</summary>
    public SelftestStep? Selftests { get; init; }

    /// <summary>What is decided of <see cref="Searched"/> over all commits.</summary>
    [JsonIgnore]
    public ReviewedCommit? Reviewed { get; init; }

    public IReadOnlyList<ReviewFinding> Findings => Reviewed?.Findings ?? [];

    public IReadOnlyList<RepairedFinding> Repairs => Reviewed?.Repairs ?? [];
}
