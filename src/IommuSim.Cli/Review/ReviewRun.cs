using IommuSim.Cli.Commands;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
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
}

/// <summary>Builds and searches a series, commit by commit.</summary>
internal sealed class ReviewRun(CommandContext context, ReviewWish wish)
{
    private readonly List<ReviewEntry> _entries = [];
    private readonly List<string> _notes = [];

    /// <summary>Reviews the series; what ends it early is in the notes, with what was found until then.</summary>
    public ReviewReport Run()
    {
        var series = GitSeries.Open(wish.Repository, wish.Range);
        var kernels = new SeriesKernels(series, wish.Repository);
        using var watch = new SearchWatch(context, wish.Time);
        var interrupt = context.Settings.Interrupts();
        if (series.Uncommitted > 0)
            _notes.Add($"Not looked at: {Page.Count(series.Uncommitted, "file")} with changes that are not committed.");
        var variants = new ReviewVariants(wish.With, series, kernels);
        var (first, refused) = kernels.Build(
            SeriesKernels.NameOf(0),
            series.First,
            what => Tell(watch, $"base: {what}"),
            interrupt
        );
        if (first is null)
            throw new InputErrorException($"the base of the series does not compile:\n{string.Join('\n', refused)}");
        var scenarios = Scenarios(first);
        var review = new SeriesReview(first, scenarios, wish.Depth, what => Tell(watch, what));
        variants.Note(0, first);
        var isCut = false;
        for (var i = 0; i <= series.Commits.Count && !isCut; i++)
        {
            try
            {
                if (i > 0 && Add(i, series, kernels, review, watch, interrupt) is { } kernel)
                    variants.Note(i, kernel);
                foreach (var entry in review.IsCut ? [] : variants.Of(i, review, what => Tell(watch, what), interrupt))
                    _entries.Add(entry);
                isCut = review.IsCut;
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or InputErrorException)
            {
                var why = ended is OperationCanceledException ? "interrupted" : ended.Message.Split('\n')[0];
                _notes.Add($"Ended at {SeriesKernels.NameOf(i)}: {why}.");
                isCut = true;
            }
        }

        var alternatives = isCut ? null : variants.Compare(scenarios);
        watch.Clear();
        NoteUntouchedTests(series);
        var release = KernelCatalog.Default.SummaryOf(first.Node)!.Release;
        return new ReviewReport(wish.Range, series.First, release, wish.Depth, _entries, _notes, isCut)
        {
            Alternatives = alternatives,
        };
    }

    private static bool Tell(SearchWatch watch, string what) => watch.GoOn(_ => what);

    /// <summary>Builds and searches a commit; null where it does not compile.</summary>
    private SearchTarget? Add(
        int at,
        GitSeries series,
        SeriesKernels kernels,
        SeriesReview review,
        SearchWatch watch,
        CancellationToken interrupt
    )
    {
        var commit = series.Commits[at - 1];
        var name = SeriesKernels.NameOf(at);
        var before = series.IdOf(at - 1);
        string[] uapi =
        [
            .. new UapiHeader(series.TextOf(before, UapiHeader.File)).ChangesTo(
                new UapiHeader(series.TextOf(commit.Id, UapiHeader.File))
            ),
        ];
        var (kernel, errors) = kernels.Build(name, commit.Id, what => Tell(watch, $"{name}: {what}"), interrupt);
        if (kernel is null)
        {
            _entries.Add(new ReviewEntry(name, commit, uapi, errors, null));
            return null;
        }

        review.Add(name, kernel);
        _entries.Add(new ReviewEntry(name, commit, uapi, [], review.Commits[^1]));
        return kernel;
    }

    /// <summary>Those that name the release which the kernel is.</summary>
    private IReadOnlyList<BoundScenario> Scenarios(SearchTarget first)
    {
        var paths = wish.Scenarios ?? ["scenarios"];
        if (wish.Scenarios is null && !Directory.Exists(paths[0]))
        {
            _notes.Add("No scenario was run: there is no folder 'scenarios' here, and --scenarios names none.");
            return [];
        }

        var load = ScenarioSuite.Load(paths, first.Catalog);
        if (load.Errors.Count > 0)
            throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
        return [.. load.Scenarios.Where(s => s.Kernels.Contains(first.Node.StandsFor!))];
    }

    private void NoteUntouchedTests(GitSeries series)
    {
        const string Tests = "tools/testing/selftests/iommu/";
        var files = series.Commits.SelectMany(c => c.Files).ToArray();
        if (
            files.Contains(UapiHeader.File, StringComparer.Ordinal)
            && !files.Any(f => f.StartsWith(Tests, StringComparison.Ordinal))
        )
            _notes.Add($"The series changes {UapiHeader.File} and nothing in {Tests}.");
    }
}
