using IommuSim.Cli.Commands;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Review;

/// <summary>What the user wants reviewed.</summary>
/// <param name="Scenarios">Files and folders; null for the folder 'scenarios', where there is one.</param>
/// <param name="Time">After which the review ends; null for never.</param>
internal sealed record ReviewWish(
    string Repository,
    string Range,
    ReviewDepth Depth,
    string[]? Scenarios,
    TimeSpan? Time
)
{
    /// <summary>Patches beside the series, as <see cref="SeriesVariant.Parse"/> reads them.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Whether findings are asked of User-Mode Linux.</summary>
    public bool Confirm { get; init; }
}

/// <summary>Reviews a whole series, step by step.</summary>
/// <param name="kernelsOf">Builds the kernels; null for a compiler.</param>
internal sealed class ReviewRun(
    CommandContext context,
    ReviewWish wish,
    Func<GitSeries, ISeriesKernels>? kernelsOf = null
)
{
    private readonly List<StepSearch> _searched = [];
    private readonly List<string> _notes = [];
    private Alternatives? _alternatives;

    /// <summary>Reviews the series; what ends it early is in the notes, with what was found until then.</summary>
    public ReviewReport Run()
    {
        var series = GitSeries.Open(wish.Repository, wish.Range);
        using var kernels = kernelsOf?.Invoke(series) ?? new SeriesKernels(series, wish.Repository, Shard.Whole);
        using var watch = new SearchWatch(context, wish.Time);
        var work = new ReviewWork(context, wish, series, kernels, what => watch.GoOn(_ => what));
        _notes.AddRange(work.Notes);
        var isCut = false;
        foreach (var step in work.Steps)
        {
            try
            {
                isCut = Do(work, step);
            }
            catch (Exception ended) when (ReviewWork.WhyEnded(ended) is { } why)
            {
                watch.Clear();
                var what = $"nded at {work.At}: {why}";
                context.Error.Write($"iommusim: the review e{what}; what was found until then is in the report\n");
                _notes.Add($"E{what}.");
                isCut = true;
            }

            if (isCut)
                break;
        }

        var entries = AskLinux(work);
        watch.Clear();
        return new ReviewReport(
            wish.Range,
            series.First,
            work.Release,
            wish.Depth,
            ReviewReport.Decided(entries),
            [.. _notes.Distinct(StringComparer.Ordinal)],
            isCut
        )
        {
            Alternatives = _alternatives,
        };
    }

    /// <summary>Searches a step, and asks its kernel for what the steps before show; whether it was cut.</summary>
    private bool Do(ReviewWork work, ReviewStep step)
    {
        if (step.Commit is null)
        {
            _alternatives = work.Compare();
            return false;
        }

        var searched = work.Search(step);
        _searched.Add(searched);
        _notes.AddRange(searched.Notes);
        foreach (var earlier in _searched.SkipLast(1))
            work.Ask(earlier, step);
        return searched.IsCut;
    }

    private ReviewEntry[] AskLinux(ReviewWork work)
    {
        ReviewEntry[] entries = [.. _searched.Select(searched => searched.Result)];
        for (var i = 0; i < entries.Length; i++)
        {
            try
            {
                entries[i] = work.AskLinux(entries[i]);
            }
            catch (Exception ended) when (ReviewWork.WhyEnded(ended) is { } why)
            {
                _notes.Add($"From {entries[i].Name} on not asked on Linux: {why}.");
                break;
            }
        }

        return entries;
    }
}
