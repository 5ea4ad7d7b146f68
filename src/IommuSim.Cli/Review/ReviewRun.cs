using IommuSim.Cli.Commands;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Reviews;
using IommuSim.Source.Execution;

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

/// <summary>Builds and searches a series, commit by commit.</summary>
/// <param name="kernelsOf">Builds the kernels; null for a compiler.</param>
internal sealed class ReviewRun(
    CommandContext context,
    ReviewWish wish,
    Func<GitSeries, ISeriesKernels>? kernelsOf = null
)
{
    private readonly List<ReviewEntry> _entries = [];
    private readonly List<string> _notes = [];

    /// <summary>Of the last commit that has them; null before the base was asked, and where none are run.</summary>
    private SelftestResults? _selftests;

    /// <summary>Reviews the series; what ends it early is in the notes, with what was found until then.</summary>
    public ReviewReport Run()
    {
        var series = GitSeries.Open(wish.Repository, wish.Range);
        using var kernels = kernelsOf?.Invoke(series) ?? new SeriesKernels(series, wish.Repository);
        using var watch = new SearchWatch(context, wish.Time);
        var interrupt = context.Settings.Interrupts();
        if (series.Uncommitted > 0)
            _notes.Add($"Not looked at: {Page.Count(series.Uncommitted, "file")} with changes that are not committed.");
        var variants = new ReviewVariants(wish.With, series, kernels);
        var first = BuildBase(series, kernels, watch, interrupt);
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
            catch (Exception ended) when (WhyEnded(ended) is { } why)
            {
                watch.Clear();
                var what = $"nded at {SeriesKernels.NameOf(i)}: {why}";
                context.Error.Write($"iommusim: the review e{what}; what was found until then is in the report\n");
                _notes.Add($"E{what}.");
                isCut = true;
            }
        }

        var alternatives = isCut ? null : variants.Compare(scenarios);
        var onLinux = wish.Confirm ? Ask(kernels) : [];
        watch.Clear();
        NoteUntouchedTests(series);
        var release = first.Catalog.SummaryOf(first.Node)?.Release ?? first.Node.Name;
        return new ReviewReport(wish.Range, series.First, release, wish.Depth, _entries, _notes, isCut)
        {
            OnLinux = onLinux,
            Alternatives = alternatives,
        };
    }

    private static bool Tell(SearchWatch watch, string what) => watch.GoOn(_ => what);

    /// <summary>Without a base there is nothing to compare with.</summary>
    private static SearchTarget BuildBase(
        GitSeries series,
        ISeriesKernels kernels,
        SearchWatch watch,
        CancellationToken interrupt
    )
    {
        try
        {
            var (first, errors) = kernels.Build(
                SeriesKernels.NameOf(0),
                series.First,
                what => Tell(watch, $"base: {what}"),
                interrupt
            );
            return first
                ?? throw new InputErrorException(
                    $"the base of the series does not compile:\n{string.Join('\n', errors)}"
                );
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted at the base of the series; the next review goes on from here");
        }
        finally
        {
            watch.Clear();
        }
    }

    /// <summary>What ends a review and leaves what was found, in words; null for an error of the simulator.</summary>
    private static string? WhyEnded(Exception ended) =>
        ended switch
        {
            OperationCanceledException => "interrupted",
            // The system's sentence, without the path behind it.
            IOException or UnauthorizedAccessException => ended.Message.Split('\n')[0].Split(" : '")[0],
            InputErrorException or NotProvidedException => ended.Message.Split('\n')[0].TrimEnd('.'),
            AggregateException { InnerException: { } inner } => WhyEnded(inner),
            _ => null,
        };

    /// <summary>Builds and searches a commit; null where it does not compile.</summary>
    private SearchTarget? Add(
        int at,
        GitSeries series,
        ISeriesKernels kernels,
        SeriesReview review,
        SearchWatch watch,
        CancellationToken interrupt
    )
    {
        var commit = series.Commits[at - 1];
        var name = SeriesKernels.NameOf(at);
        var uapi = series.UapiChanges(series.IdOf(at - 1), commit.Id);
        var (kernel, errors) = kernels.Build(name, commit.Id, what => Tell(watch, $"{name}: {what}"), interrupt);
        if (kernel is null)
        {
            _entries.Add(new ReviewEntry(name, commit, uapi, errors, null));
            return null;
        }

        review.Add(name, kernel);
        var entry = new ReviewEntry(name, commit, uapi, [], review.Commits[^1]);
        _entries.Add(entry);
        if (wish.Depth.Turns > 0 && !review.IsCut)
            _entries[^1] = entry with { Selftests = RunSelftests(at, commit.Id, series, kernels, watch, interrupt) };
        return kernel;
    }

    /// <summary>Null where they cannot be run, which one note says.</summary>
    private SelftestStep? RunSelftests(
        int at,
        string commit,
        GitSeries series,
        ISeriesKernels kernels,
        SearchWatch watch,
        CancellationToken interrupt
    )
    {
        Tell(watch, $"{SeriesKernels.NameOf(at)}: Linux's own selftests");
        var before = _selftests ??= kernels.Selftests(SeriesKernels.NameOf(0), series.First, interrupt);
        if (before.WhyNot is { } why)
        {
            var note = $"Linux's own selftests were not run: {why}.";
            if (!_notes.Contains(note))
                _notes.Add(note);
            return null;
        }

        var now = kernels.Selftests(SeriesKernels.NameOf(at), commit, interrupt);
        if (now.WhyNot is { } whyNot)
        {
            _notes.Add($"Linux's own selftests were not run on {SeriesKernels.NameOf(at)}: {whyNot}.");
            return null;
        }

        _selftests = now;
        return SelftestStep.Between(before, now);
    }

    /// <summary>What became of the findings that have a C program, on Linux of their commits.</summary>
    private Dictionary<ReviewFinding, string> Ask(ISeriesKernels kernels)
    {
        var verdicts = new Dictionary<ReviewFinding, string>(ReferenceEqualityComparer.Instance);
        foreach (var entry in _entries)
        {
            ReviewFinding[] findings = [.. entry.Findings.Where(f => f.Program is not null && !f.IsSymptom)];
            if (findings.Length == 0)
                continue;
            try
            {
                var words = kernels.Ask(entry.Commit.Id, [.. findings.Select(f => f.Program!)], context);
                for (var i = 0; i < findings.Length; i++)
                    verdicts[findings[i]] = words[i];
            }
            catch (Exception ended) when (WhyEnded(ended) is { } why)
            {
                _notes.Add($"From {entry.Name} on not asked on Linux: {why}.");
                break;
            }
        }

        return verdicts;
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
        return [.. load.Scenarios.Where(s => s.Kernels.Contains(first.Node.StandsFor ?? first.Node))];
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
