using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Cli.Review;
using IommuSim.Search.Reviews;

namespace IommuSim.Cli.Commands;

/// <summary><c>review</c>: what each commit of a series changes for programs.</summary>
internal static class ReviewCommand
{
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
        string[] depths = [.. ReviewDepth.All.Select(d => d.Name)];
        var depth = CommonOptions.Choice("--depth", "how much is searched", depths, "normal");
        var format = CommonOptions.FormatOf("text", "mail", "markdown", "json", "ktap", "junit", "sarif", "github");
        var scenarios = new Option<string[]>("--scenarios")
        {
            Description = "files or folders of scenarios to run on every commit, 'scenarios' by default",
            HelpName = "file or folder",
        };
        var with = new Option<string[]>("--with")
        {
            Description =
                "a patch for the last commit that is reviewed beside the series; base:PATCH or mine/02:PATCH for "
                + "another; repeatable",
            HelpName = "[commit:]patch",
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
            with,
            folder,
            time,
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
            };
            var report = new ReviewRun(context, wish).Run();
            Write(context, report, parsed.GetValue(format)!);
            if (parsed.GetValue(folder) is { } kept)
                Keep(report, kept);
            return report.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    internal static void Write(CommandContext context, ReviewReport report, string format)
    {
        if (format.Equals("mail", StringComparison.OrdinalIgnoreCase))
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
