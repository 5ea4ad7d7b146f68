using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary><c>fuzz</c>: random sequences of calls, with every check after every call.</summary>
internal static class FuzzCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the kernel to search");
        kernel.Required = true;
        var against = new Option<string>("--against")
        {
            Description = "another kernel, which must answer alike",
            HelpName = "kernel",
        };
        var seed = SearchOptions.Seed();
        var time = SearchOptions.Time("cut the search short after this time");
        var steps = new Option<string>("--steps")
        {
            Description = $"how many sequences to run, {FuzzOptions.DefaultSequences} by default",
            HelpName = "number",
        };
        var shard = new Option<string>("--shard")
        {
            Description = "run this part of the campaign only, for example 1/4",
            HelpName = "i/n",
        };
        var folder = SearchOptions.Folder();
        var command = new Command("fuzz", "Searches one kernel with random sequences of calls.")
        {
            kernel,
            against,
            seed,
            time,
            steps,
            shard,
            folder,
        };
        command.SetAction(parsed =>
        {
            var catalog = KernelCatalog.Default;
            var target = new SearchTarget(Inputs.Kernel(catalog, parsed.GetValue(kernel)!), catalog);
            var (part, parts) = SearchOptions.ShardOf(parsed.GetValue(shard));
            var limit = SearchOptions.CountOf("--steps", parsed.GetValue(steps)) ?? FuzzOptions.DefaultSequences;
            var options = new FuzzOptions(SearchOptions.SeedOf(parsed.GetValue(seed)), limit, part, parts);
            var duration = SearchOptions.TimeOf(parsed.GetValue(time));
            if (parsed.GetValue(against) is { } other)
            {
                var second = new SearchTarget(Inputs.Kernel(catalog, other), catalog);
                return FuzzReport.Differences(context, target, second, options, duration, parsed.GetValue(folder));
            }

            return FuzzReport.Campaign(context, target, options, duration, parsed.GetValue(folder));
        });
        return command;
    }
}

/// <summary>Runs a campaign and prints what it found.</summary>
internal static class FuzzReport
{
    public static int Campaign(
        CommandContext context,
        SearchTarget target,
        FuzzOptions options,
        TimeSpan? duration,
        string? folder
    )
    {
        var campaign = new FuzzCampaign(target, options);
        using var watch = new SearchWatch(context, duration);
        campaign.Run(c => watch.GoOn(elapsed => Line(c, elapsed)));
        watch.Clear();
        var page = new Page();
        foreach (var finding in campaign.Findings)
            Describe(page, finding);
        var holds = campaign.Findings.Count == 0 && !campaign.IsCut;
        page.Text(Cut(campaign.IsCut, options) + Summary(campaign, watch.Elapsed), holds ? Tone.Good : Tone.Bad);
        TextPage.Write(page, context.Output, context.Settings);
        if (folder is not null)
            Keep(campaign.Findings, folder);
        return holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    public static int Differences(
        CommandContext context,
        SearchTarget one,
        SearchTarget other,
        FuzzOptions options,
        TimeSpan? duration,
        string? folder
    )
    {
        var search = new DifferenceSearch(one, other, options);
        using var watch = new SearchWatch(context, duration);
        search.Run(s =>
            watch.GoOn(elapsed =>
                $"{SearchWatch.Rate(s.Sequences, elapsed)} sequences/s, " + $"{s.Differences.Count} differences"
            )
        );
        watch.Clear();
        var page = new Page();
        foreach (var difference in search.Differences)
        {
            page.Title(difference.Finding.Title)
                .Text($"{Times(difference)} {difference.Finding.Replay}")
                .Verbatim(difference.Finding.Detail);
        }

        var count = search.Differences.Count;
        var holds = count == 0 && !search.IsCut;
        page.Text(
            $"{Cut(search.IsCut, options)}{search.Sequences} sequences on both, "
                + $"{count} differences between {one.Node.Name} and {other.Node.Name}",
            holds ? Tone.Good : Tone.Bad
        );
        TextPage.Write(page, context.Output, context.Settings);
        if (folder is not null)
            Keep(search.Differences, folder);
        return holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    private static void Describe(Page page, FuzzFinding finding)
    {
        var times = finding.Count == 1 ? "once" : $"{finding.Count} times";
        page.Title(finding.Finding.Title)
            .Text($"Found {times}, first by sequence {finding.AtSequence}. {finding.Finding.Replay}")
            .Verbatim(finding.Finding.Detail)
            .Verbatim(finding.Scenario);
    }

    private static string Times(FuzzFinding finding)
    {
        var times = finding.Count == 1 ? "once" : $"{finding.Count} times";
        return $"Found {times}, first by sequence {finding.AtSequence}.";
    }

    private static string Line(FuzzCampaign campaign, TimeSpan elapsed) =>
        $"{SearchWatch.Rate(campaign.Sequences, elapsed)} sequences/s, "
        + $"{campaign.DistinctStates} states, {campaign.Findings.Count} findings";

    private static string Cut(bool isCut, FuzzOptions options) =>
        isCut ? $"The search was cut short of {options.MaxSequences} sequences: " : "";

    private static string Summary(FuzzCampaign campaign, TimeSpan elapsed)
    {
        var seconds = elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return $"{campaign.Sequences} sequences of {campaign.Calls} calls in {seconds} s "
            + $"({SearchWatch.Rate(campaign.Sequences, elapsed)} sequences/s), "
            + $"{campaign.DistinctStates} states, {campaign.Findings.Count} findings";
    }

    /// <summary>Writes a scenario and a C program for each finding.</summary>
    public static void Keep(IReadOnlyCollection<FuzzFinding> findings, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var finding in findings)
        {
            var name = Path.Combine(folder, finding.FileName);
            File.WriteAllText(name + ".scenario", finding.Scenario);
            File.WriteAllText(name + ".c", finding.Program);
        }
    }
}
