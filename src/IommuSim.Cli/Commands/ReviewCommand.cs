using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Review;
using IommuSim.Cli.Review.Html;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Commands;

/// <summary><c>review</c>: what each commit of a series changes for programs.</summary>
internal static class ReviewCommand
{
    /// <summary>Of the report; the first is the default.</summary>
    public static readonly string[] Formats =
    [
        "text",
        "mail",
        "markdown",
        "html",
        "json",
        "ktap",
        "junit",
        "sarif",
        "github",
    ];

    /// <param name="kernelsOf">Builds the kernels; null for a compiler.</param>
    public static Command Create(CommandContext context, Func<GitSeries, ISeriesKernels>? kernelsOf = null)
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
        string[] depths = [.. ReviewDepth.All.Select(d => d.Name)];
        var depth = CommonOptions.Choice("--depth", "how much is searched", depths, "normal");
        var format = CommonOptions.FormatOf(Formats);
        var scenarios = new Option<string[]>("--scenarios")
        {
            Description = "files or folders of scenarios to run on every commit, 'scenarios' by default",
            HelpName = "file or folder",
        };
        var with = With();
        var campaign = new CampaignOptions("a folder for the findings, as scenarios and as C programs");
        var folder = campaign.Folder;
        var time = SearchOptions.Time("end the review after this time, with what was found so far");
        var confirm = Confirm();
        var command = new Command("review", "Builds each commit of a series, and tells what it changes for programs.")
        {
            range,
            tree,
            depth,
            format,
            scenarios,
            with,
            campaign.Shard,
            folder,
            time,
            confirm,
        };
        command.SetAction(parsed =>
        {
            var wish = new ReviewWish(
                parsed.GetValue(tree)!,
                parsed.GetValue(range)!,
                ReviewDepth.All.First(d => d.Name.Equals(parsed.GetValue(depth), StringComparison.OrdinalIgnoreCase)),
                parsed.GetValue(scenarios) is { Length: > 0 } paths ? paths : null,
                SearchOptions.TimeOf(parsed.GetValue(time))
            )
            {
                With = parsed.GetValue(with) ?? [],
                Confirm = parsed.GetValue(confirm),
            };
            var words = parsed.GetValue(format)!;
            if (campaign.IsAsked(parsed))
                return campaign.Run(context, parsed, Shared, words, wish.Time);
            var report = new ReviewRun(context, wish, kernelsOf).Run();
            Write(context, report, words);
            if (parsed.GetValue(folder) is { } kept)
                ReviewFiles.Write(report, kept);
            return report.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;

            ReviewCampaign Shared(Shard shard)
            {
                var series = GitSeries.Open(wish.Repository, wish.Range);
                var kernels = kernelsOf?.Invoke(series) ?? new SeriesKernels(series, wish.Repository, shard);
                return new ReviewCampaign(context, wish, series, kernels);
            }
        });
        return command;
    }

    private static Option<string[]> With() =>
        new("--with")
        {
            Description =
                "a patch for the last commit that is reviewed beside the series; base:PATCH or mine/02:PATCH for "
                + "another; repeatable",
            HelpName = "[commit:]patch",
        };

    private static Option<bool> Confirm() =>
        new("--confirm")
        {
            Description =
                "ask User-Mode Linux of each commit with findings for them; building one takes 5 to 10 minutes",
        };

    internal static void Write(CommandContext context, ReviewReport report, string format)
    {
        if (format.Equals("mail", StringComparison.OrdinalIgnoreCase))
            MailText.Write(ReviewPage.Of(report), context.Output, context.Settings);
        else if (format.Equals("html", StringComparison.OrdinalIgnoreCase))
            context.Output.Write(ReviewHtml.Of(report));
        else
            context.Write(
                Enum.Parse<Format>(format, ignoreCase: true),
                () => ReviewPage.Of(report),
                () => ReviewJson.Of(report),
                () => ReviewDialect.Of(report)
            );
    }
}
