using System.Collections.Immutable;
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
    /// <summary>What became of findings on a real kernel, in words; empty where none was asked.</summary>
    public IReadOnlyDictionary<ReviewFinding, string> OnLinux { get; init; } =
        ImmutableDictionary<ReviewFinding, string>.Empty;

    /// <summary>Where the variants and what they stand beside answer differently; null without a variant.</summary>
    public Alternatives? Alternatives { get; init; }

    public int Findings =>
        Commits.Sum(c =>
            c.Findings.Count(f => !f.IsSymptom)
            + c.Uapi.Count(u => u.Breaks)
            + (c.Errors.Count > 0 ? 1 : 0)
            + (c.Selftests is { Failing.Count: > 0 } ? 1 : 0)
        );

    /// <summary>Nothing was found, and all was searched.</summary>
    public bool Holds => Findings == 0 && !IsCut && Commits.All(c => c.Refused.Length == 0);
}

/// <summary>One commit of a review.</summary>
/// <param name="Name">As reports call its kernel: <c>mine/01</c>.</param>
/// <param name="Uapi">What it changes in the header that programs are built against.</param>
/// <param name="Errors">The compiler's lines where it does not compile.</param>
/// <param name="Reviewed">Null where it was not searched.</param>
internal sealed record ReviewEntry(
    string Name,
    SeriesCommit Commit,
    IReadOnlyList<UapiChange> Uapi,
    IReadOnlyList<string> Errors,
    ReviewedCommit? Reviewed
)
{
    /// <summary>The patch that this is, beside the series; its commit is what the patch makes.</summary>
    public SeriesVariant? Variant { get; init; }

    /// <summary>Why a variant could not be applied; empty where it could.</summary>
    public string Refused { get; init; } = "";

    /// <summary>Linux's own selftests; null where they were not run.</summary>
    public SelftestStep? Selftests { get; init; }

    public IReadOnlyList<ReviewFinding> Findings => Reviewed?.Findings ?? [];

    public IReadOnlyList<RepairedFinding> Repairs => Reviewed?.Repairs ?? [];
}
