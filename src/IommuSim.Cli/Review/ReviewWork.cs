using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Reviews;
using IommuSim.Source.Execution;

namespace IommuSim.Cli.Review;

/// <summary>
/// Does the steps of a review, in any order and any of them: a step builds the kernels that it needs, and each kernel
/// is built once.
/// </summary>
internal sealed class ReviewWork
{
    private readonly CommandContext _context;
    private readonly ReviewWish _wish;
    private readonly GitSeries _series;
    private readonly ISeriesKernels _kernels;
    private readonly CancellationToken _interrupt;
    private readonly Dictionary<string, (SearchTarget? Kernel, IReadOnlyList<string> Errors)> _built = [];
    private readonly Dictionary<string, SelftestResults> _selftests = [];
    private readonly List<string> _notes = [];
    private readonly SeriesSearch _search;

    /// <summary>Builds the base: without one there is nothing to compare with.</summary>
    /// <param name="goOn">Told what is done; false ends the searches.</param>
    public ReviewWork(
        CommandContext context,
        ReviewWish wish,
        GitSeries series,
        ISeriesKernels kernels,
        Func<string, bool> goOn
    )
    {
        (_context, _wish, _series, _kernels, GoOn) = (context, wish, series, kernels, goOn);
        _interrupt = context.Settings.Interrupts();
        if (series.Uncommitted > 0)
            _notes.Add($"Not looked at: {Page.Count(series.Uncommitted, "file")} with changes that are not committed.");
        Steps = ReviewStep.Of(series, kernels, wish.With);
        First = BuildBase();
        Scenarios = LoadScenarios();
        NoteUntouchedTests();
        _search = new SeriesSearch(First, Scenarios, wish.Depth, what => GoOn(what));
    }

    /// <summary>All that there is to do, in the order of the report.</summary>
    public IReadOnlyList<ReviewStep> Steps { get; }

    /// <summary>What is not looked at in the whole series, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The kernel before the series.</summary>
    public SearchTarget First { get; }

    /// <summary>Those that name the release which the kernel is.</summary>
    public IReadOnlyList<BoundScenario> Scenarios { get; }

    /// <summary>What the kernel calls itself.</summary>
    public string Release => First.Catalog.SummaryOf(First.Node)?.Release ?? First.Node.Name;

    /// <summary>Told what is done; false ends the searches.</summary>
    public Func<string, bool> GoOn { get; set; }

    /// <summary>The kernel or the step that it is at.</summary>
    public string At { get; private set; } = SeriesKernels.NameOf(0);

    /// <summary>What ends a review and leaves what was found, in words; null for an error of the simulator.</summary>
    public static string? WhyEnded(Exception ended) =>
        ended switch
        {
            OperationCanceledException => "interrupted",
            // The system's sentence, without the path behind it.
            IOException or UnauthorizedAccessException => ended.Message.Split('\n')[0].Split(" : '")[0],
            InputErrorException or NotProvidedException => ended.Message.Split('\n')[0].TrimEnd('.'),
            AggregateException { InnerException: { } inner } => WhyEnded(inner),
            _ => null,
        };

    /// <summary>Builds and searches a commit or a variant.</summary>
    public StepSearch Search(ReviewStep step)
    {
        At = step.Name;
        var commit = step.Commit!;
        if (step.Refused.Length > 0)
            return new StepSearch(step, new ReviewEntry(step.Name, commit, [], []) { Refused = step.Refused });
        var (beforeName, before) = Before(step);
        var uapi = step.Variant is null
            ? _series.UapiChanges(_series.IdOf(step.At - 1), commit.Id)
            : _kernels.UapiOf(commit.Id, _series.IdOf(step.At));
        var (kernel, errors) = Build(step.Name, commit.Id);
        var entry = new ReviewEntry(step.Name, commit, uapi, errors);
        if (kernel is null)
            return new StepSearch(step, entry);
        var search = _search.Search(beforeName, before, step.Name, kernel);
        var searched = new StepSearch(step, entry) { Search = search };
        if (step.Variant is null && _wish.Depth.Turns > 0 && !search.IsCut)
            RunSelftests(searched);
        return searched;
    }

    /// <summary>Asks the kernel of a later step for what an earlier one shows.</summary>
    public void Ask(StepSearch earlier, ReviewStep later)
    {
        if (earlier is not { IsOpen: true, Search: { } search } || later is not { Commit: { } commit, Refused: "" })
            return;
        At = later.Name;
        if (Build(later.Name, commit.Id).Kernel is { } kernel)
            search.Ask(later.Name, kernel, isVariant: later.Variant is not null);
    }

    /// <summary>
    /// The base, the commits that variants are of, the last that compiles, and the variants; null where none compiles.
    /// </summary>
    public Alternatives? Compare()
    {
        At = Steps[^1].Name;
        var variants = Steps.Where(step => step is { Variant: not null, Refused: "" }).ToArray();
        (string Name, SearchTarget? Kernel)[] built =
        [
            .. variants.Select(step => (step.Name, Build(step.Name, step.Commit!.Id).Kernel)),
        ];
        if (Array.TrueForAll(built, b => b.Kernel is null))
            return null;
        var last = Back(_series.Commits.Count).First(at => Build(at) is not null);
        var columns = Enumerable
            .Range(0, last + 1)
            .Where(at => at == 0 || at == last || Steps.Any(step => step.Variant?.On == at))
            .Select(at => (SeriesKernels.NameOf(at), Build(at)))
            .Concat(built);
        return Alternatives.Of(
            [.. columns.Where(c => c.Item2 is not null).Select(c => (c.Item1, c.Item2!))],
            Scenarios
        );
    }

    /// <summary>The entry with what became of its findings that have a C program, on Linux of its commit.</summary>
    public ReviewEntry AskLinux(ReviewEntry entry)
    {
        if (!_wish.Confirm || entry.Searched is not { } searched)
            return entry;
        At = entry.Name;
        string[] programs = [.. searched.New.Select(f => f.Program).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (programs.Length == 0)
            return entry;
        var words = programs
            .Zip(_kernels.Ask(entry.Commit.Id, programs, _context))
            .ToDictionary(StringComparer.Ordinal);
        return entry with
        {
            Searched = searched.With(f => f with { OnLinux = words.GetValueOrDefault(f.Program ?? "") }),
        };
    }

    private SearchTarget BuildBase()
    {
        try
        {
            var (first, errors) = Build(SeriesKernels.NameOf(0), _series.First);
            return first
                ?? throw new InputErrorException(
                    $"the base of the series does not compile:\n{string.Join('\n', errors)}"
                );
        }
        catch (OperationCanceledException)
        {
            throw new InputErrorException("interrupted at the base of the series; the next review goes on from here");
        }
    }

    /// <summary>The last kernel before a step, which is the base where no commit before it compiles.</summary>
    private (string Name, SearchTarget Kernel) Before(ReviewStep step)
    {
        var at = Back(step.Variant is null ? step.At - 1 : step.At).First(at => Build(at) is not null);
        return (SeriesKernels.NameOf(at), Build(at)!);
    }

    /// <summary>The places of the series from this one back to the base.</summary>
    private static IEnumerable<int> Back(int from)
    {
        for (var at = from; at >= 0; at--)
            yield return at;
    }

    private SearchTarget? Build(int at) => Build(SeriesKernels.NameOf(at), _series.IdOf(at)).Kernel;

    private (SearchTarget? Kernel, IReadOnlyList<string> Errors) Build(string name, string commit)
    {
        if (_built.TryGetValue(name, out var known))
            return known;
        At = name;
        return _built[name] = _kernels.Build(name, commit, what => GoOn($"{name}: {what}"), _interrupt);
    }

    /// <summary>Against the last commit before that has them; a note says where they cannot be run.</summary>
    private void RunSelftests(StepSearch step)
    {
        if (SelftestsOf(0).WhyNot is { } why)
        {
            step.Notes.Add($"Linux's own selftests were not run: {why}.");
            return;
        }

        var now = SelftestsOf(step.Step.At);
        if (now.WhyNot is { } whyNot)
        {
            step.Notes.Add($"Linux's own selftests were not run on {step.Entry.Name}: {whyNot}.");
            return;
        }

        var before = Back(step.Step.At - 1).First(at => Build(at) is not null && SelftestsOf(at).WhyNot is null);
        step.Entry = step.Entry with { Selftests = SelftestStep.Between(SelftestsOf(before), now) };
    }

    private SelftestResults SelftestsOf(int at)
    {
        var name = SeriesKernels.NameOf(at);
        if (_selftests.TryGetValue(name, out var known))
            return known;
        GoOn($"{name}: Linux's own selftests");
        return _selftests[name] = _kernels.Selftests(name, _series.IdOf(at), _interrupt);
    }

    private IReadOnlyList<BoundScenario> LoadScenarios()
    {
        var paths = _wish.Scenarios ?? ["scenarios"];
        if (_wish.Scenarios is null && !Directory.Exists(paths[0]))
        {
            _notes.Add("No scenario was run: there is no folder 'scenarios' here, and --scenarios names none.");
            return [];
        }

        var load = ScenarioSuite.Load(paths, First.Catalog);
        if (load.Errors.Count > 0)
            throw new InputErrorException(string.Concat(load.Errors)) { NamesItsFile = true };
        return [.. load.Scenarios.Where(s => s.Kernels.Contains(First.Node.StandsFor ?? First.Node))];
    }

    private void NoteUntouchedTests()
    {
        const string Tests = "tools/testing/selftests/iommu/";
        var files = _series.Commits.SelectMany(c => c.Files).ToArray();
        if (
            files.Contains(UapiHeader.File, StringComparer.Ordinal)
            && !files.Any(f => f.StartsWith(Tests, StringComparison.Ordinal))
        )
            _notes.Add($"The series changes {UapiHeader.File} and nothing in {Tests}.");
    }
}

/// <summary>A step that was searched. Its findings are still asked of later kernels.</summary>
internal sealed class StepSearch(ReviewStep step, ReviewEntry entry)
{
    public ReviewStep Step => step;

    public ReviewEntry Entry { get; set; } = entry with { Variant = step.Variant?.WithoutFolder };

    /// <summary>Null where there is no kernel.</summary>
    public CommitSearch? Search { get; init; }

    /// <summary>What was not looked at, a sentence each.</summary>
    public List<string> Notes { get; } = [];

    public bool IsCut => Search is { IsCut: true };

    /// <summary>A later commit may repair what it shows.</summary>
    public bool IsOpen => step.Variant is null && Search is { IsOpen: true };

    /// <summary>The entry with what is known until now.</summary>
    public ReviewEntry Result => Entry with { Searched = Search?.Result };
}
