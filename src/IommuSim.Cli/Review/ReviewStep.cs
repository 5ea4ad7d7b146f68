namespace IommuSim.Cli.Review;

/// <summary>A piece of a review: a commit, a variant of one, or at last the comparison of all variants.</summary>
/// <param name="Name">As reports call its kernel.</param>
/// <param name="At">The place of the commit in the series, from 1; of a variant that of what it applies to.</param>
/// <param name="Commit">Null for the comparison.</param>
internal sealed record ReviewStep(string Name, int At, SeriesCommit? Commit)
{
    /// <summary>The patch that this is, beside the series.</summary>
    public SeriesVariant? Variant { get; init; }

    /// <summary>Why a variant could not be applied; empty where it could.</summary>
    public string Refused { get; init; } = "";

    /// <summary>The steps of a review, in their order. Each variant is applied at once.</summary>
    /// <param name="with">As the command line has them.</param>
    public static IReadOnlyList<ReviewStep> Of(GitSeries series, ISeriesKernels kernels, IReadOnlyList<string> with)
    {
        var variants = SeriesVariant.Parse(with, series.Commits.Count);
        var applied = variants.Select(variant => OfVariant(variant, kernels.Apply(variant))).ToArray();
        var steps = new List<ReviewStep>();
        for (var at = 0; at <= series.Commits.Count; at++)
        {
            if (at > 0)
                steps.Add(new ReviewStep(SeriesKernels.NameOf(at), at, series.Commits[at - 1]));
            steps.AddRange(applied.Where(step => step.At == at));
        }

        if (applied.Length > 0)
            steps.Add(new ReviewStep("alternatives", series.Commits.Count, null));
        return steps;
    }

    private static ReviewStep OfVariant(SeriesVariant variant, (SeriesCommit? Made, string Refused) applied) =>
        new(variant.Name, variant.On, applied.Made ?? new SeriesCommit("", variant.Patch, [], []))
        {
            Variant = variant,
            Refused = applied.Refused,
        };
}
