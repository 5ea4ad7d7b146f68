using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Review;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Programs;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Commands;

/// <summary><c>review</c>: what each commit of a series changes for programs.</summary>
internal static class ReviewCommand
{
    private static readonly string[] s_formats =
    [
        "text",
        "mail",
        "markdown",
        "json",
        "ktap",
        "junit",
        "sarif",
        "github",
    ];

    public static Command Create(CommandContext context)
    {
        var range = new Argument<string>("series")
        {
            Description = "the commits, as two revisions: those behind the first, up to the second",
            HelpName = "BASE..HEAD",
        };
        var tree = new Option<string>("--tree")
        {
            Description = "the git repository of a kernel; nothing is written to it",
            HelpName = "folder",
            Required = true,
        };
        var depth = Choice("--depth", "how much is searched", [.. ReviewDepth.All.Select(d => d.Name)], "normal");
        var format = Choice("--format", "how the review is printed", s_formats, "text");
        var scenarios = new Option<string[]>("--scenarios")
        {
            Description = "files or folders of scenarios to run on every commit, 'scenarios' by default",
            HelpName = "file or folder",
        };
        var folder = SearchOptions.Folder();
        var time = SearchOptions.Time("end the review after this time, with what was found so far");
        var command = new Command("review", "Builds each commit of a series, and tells what it changes for programs.")
        {
            range,
            tree,
            depth,
            format,
            scenarios,
            folder,
            time,
        };
        command.SetAction(parsed =>
        {
            var wish = new ReviewWish(
                parsed.GetValue(tree)!,
                parsed.GetValue(range)!,
                ReviewDepth.All.First(d => d.Name == parsed.GetValue(depth)),
                parsed.GetValue(scenarios) is { Length: > 0 } paths ? paths : null,
                SearchOptions.TimeOf(parsed.GetValue(time))
            );
            var report = new ReviewRun(context, wish).Run();
            Write(context, report, parsed.GetValue(format)!);
            if (parsed.GetValue(folder) is { } kept)
                Keep(report, kept);
            return report.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    private static Option<string> Choice(string name, string description, string[] words, string otherwise)
    {
        var all = $"{string.Join(", ", words[..^1])} or {words[^1]}";
        var option = new Option<string>(name)
        {
            Description = $"{description}: {all}",
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => otherwise,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.Ordinal))
                result.AddError($"{name} '{token.Value}': expected {all}");
        });
        return option;
    }

    private static void Write(CommandContext context, ReviewReport report, string format)
    {
        if (format == "mail")
            MailText.Write(ReviewPage.Of(report), context.Output, context.Settings);
        else
            context.Write(
                Enum.Parse<Format>(format, ignoreCase: true),
                () => ReviewPage.Of(report),
                () => ReviewJson.Of(report),
                () => ReviewDialect.Of(report)
            );
    }

    /// <summary>A scenario and a C program of each finding that has them, in a folder for each commit.</summary>
    private static void Keep(ReviewReport report, string folder)
    {
        foreach (var entry in report.Commits)
        {
            var own = Path.Combine(folder, Path.GetFileNameWithoutExtension(entry.Name.Replace('/', '-')));
            var number = 0;
            foreach (var finding in entry.Findings.Where(f => f.Scenario is not null))
            {
                Directory.CreateDirectory(own);
                var name = Path.Combine(own, $"{++number}");
                File.WriteAllText(name + ".scenario", finding.Scenario);
                File.WriteAllText(name + ".c", finding.Program);
            }
        }
    }
}

/// <summary>What the user wants reviewed.</summary>
/// <param name="Scenarios">Files and folders; null for the folder 'scenarios', where there is one.</param>
/// <param name="Time">After which the review ends; null for never.</param>
internal sealed record ReviewWish(
    string Repository,
    string Range,
    ReviewDepth Depth,
    string[]? Scenarios,
    TimeSpan? Time
);

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
        var (first, refused) = kernels.Build(0, series.First, what => Tell(watch, $"base: {what}"), interrupt);
        if (first is null)
            throw new InputErrorException($"the base of the series does not compile:\n{string.Join('\n', refused)}");
        var review = new SeriesReview(first, Scenarios(first), wish.Depth, what => Tell(watch, what));
        var isCut = false;
        for (var i = 0; i < series.Commits.Count && !isCut; i++)
        {
            try
            {
                Add(i + 1, series, kernels, review, watch, interrupt);
                isCut = review.IsCut;
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or InputErrorException)
            {
                var why = ended is OperationCanceledException ? "interrupted" : ended.Message.Split('\n')[0];
                _notes.Add($"Ended at {SeriesKernels.NameOf(i + 1)}: {why}.");
                isCut = true;
            }
        }

        watch.Clear();
        NoteUntouchedTests(series);
        var release = KernelCatalog.Default.SummaryOf(first.Node)!.Release;
        return new ReviewReport(wish.Range, series.First, release, wish.Depth, _entries, _notes, isCut);
    }

    private static bool Tell(SearchWatch watch, string what) => watch.GoOn(_ => what);

    private void Add(
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
        var before = at == 1 ? series.First : series.Commits[at - 2].Id;
        string[] uapi =
        [
            .. new UapiHeader(series.TextOf(before, UapiHeader.File)).ChangesTo(
                new UapiHeader(series.TextOf(commit.Id, UapiHeader.File))
            ),
        ];
        var (kernel, errors) = kernels.Build(at, commit.Id, what => Tell(watch, $"{name}: {what}"), interrupt);
        if (kernel is null)
        {
            _entries.Add(new ReviewEntry(name, commit, uapi, errors, null));
            return;
        }

        review.Add(name, kernel);
        _entries.Add(new ReviewEntry(name, commit, uapi, [], review.Commits[^1]));
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
