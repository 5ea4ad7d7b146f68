using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>The variants of a review: each is applied at once, and searched when the review is at its commit.</summary>
internal sealed class ReviewVariants
{
    private readonly ISeriesKernels _kernels;
    private readonly GitSeries _series;
    private readonly (SeriesVariant Variant, SeriesCommit? Made, string Refused)[] _variants;
    private readonly Dictionary<int, SearchTarget> _commits = [];
    private readonly List<(string Name, SearchTarget Target)> _built = [];

    public ReviewVariants(IReadOnlyList<string> texts, GitSeries series, ISeriesKernels kernels)
    {
        (_series, _kernels) = (series, kernels);
        var variants = SeriesVariant.Parse(texts, series.Commits.Count);
        _variants = [.. variants.Select(v => kernels.Apply(v) is var (made, refused) ? (v, made, refused) : default)];
    }

    /// <summary>What the kernel of a commit is; it is a column where it has variants, or is the last.</summary>
    /// <param name="at">0 for the base.</param>
    public void Note(int at, SearchTarget kernel) => _commits[at] = kernel;

    /// <summary>Builds and searches the variants of the commit that was searched last.</summary>
    public IEnumerable<ReviewEntry> Of(
        int at,
        SeriesReview review,
        Func<string, bool> goOn,
        CancellationToken interrupt
    )
    {
        foreach (var (variant, made, refused) in _variants.Where(v => v.Variant.On == at))
        {
            if (made is null)
            {
                var none = new SeriesCommit("", variant.Patch, [], []);
                yield return new ReviewEntry(variant.Name, none, [], [], null) { Variant = variant, Refused = refused };
                continue;
            }

            var uapi = _kernels.UapiOf(made.Id, _series.IdOf(at));
            var (kernel, errors) = _kernels.Build(
                variant.Name,
                made.Id,
                what => goOn($"{variant.Name}: {what}"),
                interrupt
            );
            if (kernel is not null)
                _built.Add((variant.Name, kernel));
            var reviewed = kernel is null ? null : review.AddVariant(variant.Name, kernel);
            yield return new ReviewEntry(variant.Name, made, uapi, errors, reviewed) { Variant = variant };
        }
    }

    /// <summary>The base, the commits that the variants are of, the last one, the variants; null without any.</summary>
    public Alternatives? Compare(IReadOnlyList<BoundScenario> scenarios)
    {
        if (_built.Count == 0)
            return null;
        var commits = _commits
            .Where(c => c.Key == 0 || c.Key == _commits.Keys.Max() || _variants.Any(v => v.Variant.On == c.Key))
            .OrderBy(c => c.Key)
            .Select(c => (SeriesKernels.NameOf(c.Key), c.Value));
        return Alternatives.Of([.. commits, .. _built], scenarios);
    }
}
