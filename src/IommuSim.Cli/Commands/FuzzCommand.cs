using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Iommufd;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Findings;
using IommuSim.Search.Programs;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary><c>fuzz</c>: random sequences of calls, with every check after every call.</summary>
internal static class FuzzCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernel("the kernel to search, with build switches of your own: linux-7.3,gcc=O0");
        kernel.HelpName = "kernel[,switch=value]";
        kernel.Required = true;
        var against = new Option<string>("--against")
        {
            Description = "another kernel, which must answer alike; also the file of one made of C",
            HelpName = "kernel",
        };
        var seed = SearchOptions.Seed();
        var time = SearchOptions.Time("cut the search short after this time");
        var steps = new Option<string>("--steps")
        {
            Description = $"how many sequences to run, {FuzzOptions.DefaultSequences} by default",
            HelpName = "number",
        };
        var campaign = new CampaignOptions("a folder for the findings, as scenarios and as C programs");
        var reach = new Option<bool>("--reach")
        {
            Description = "also print how often each call succeeded, and with which errnos it failed",
        };
        var format = CommonOptions.Format();
        var command = new Command("fuzz", "Searches one kernel with random sequences of calls.")
        {
            kernel,
            against,
            seed,
            time,
            steps,
            campaign.Shard,
            campaign.Folder,
            reach,
            format,
        };
        command.SetAction(parsed =>
        {
            var catalog = KernelCatalog.Default;
            var target = TargetOf(catalog, parsed.GetValue(kernel)!);
            var limit = SearchOptions.CountOf("--steps", parsed.GetValue(steps)) ?? FuzzOptions.DefaultSequences;
            var options = new FuzzOptions(SearchOptions.SeedOf(parsed.GetValue(seed)), limit);
            var wish = new FuzzWish(
                SearchOptions.TimeOf(parsed.GetValue(time)),
                parsed.GetValue(campaign.Folder),
                parsed.GetValue(reach),
                CommonOptions.FormatOf(parsed, format)
            );
            var other = parsed.GetValue(against);
            if (wish.Reach && other is not null)
                throw new InputErrorException("--reach counts the calls of one kernel; leave out --against");
            var second = other is null ? null : TargetOf(catalog, other);
            if (campaign.IsAsked(parsed))
            {
                if (wish.Reach)
                    throw new InputErrorException("--reach counts the calls of one process; leave out --shard");
                var chunks = second is null
                    ? FuzzChunks.Of(target, options, CampaignOptions.Tool)
                    : FuzzChunks.Of(target, second, options, CampaignOptions.Tool);
                return campaign.Run(context, parsed, chunks, wish.Format, wish.Time);
            }

            return second is null
                ? FuzzReport.Campaign(context, target, options, wish)
                : FuzzReport.Differences(context, target, second, options, wish);
        });
        return command;
    }

    /// <summary>The kernel in the build that its name says; the name of a file may have a comma.</summary>
    private static SearchTarget TargetOf(KernelCatalog catalog, string name)
    {
        if (KernelNames.TryFind(catalog, name, out var node, out _))
            return new SearchTarget(node!, catalog);
        var asked = Inputs.Kernels(catalog, [name])[0];
        return new SearchTarget(asked.Node, catalog, asked.Build);
    }
}

/// <summary>What the user wants of a campaign beside its verdict.</summary>
/// <param name="Time">After which it is cut; null for never.</param>
/// <param name="Folder">Where the findings are written; null for nowhere.</param>
/// <param name="Reach">Whether the calls are counted by outcome.</param>
internal sealed record FuzzWish(TimeSpan? Time, string? Folder, bool Reach, Format Format);

/// <summary>Runs a campaign and prints what it found.</summary>
internal static class FuzzReport
{
    public static int Campaign(CommandContext context, SearchTarget target, FuzzOptions options, FuzzWish wish)
    {
        var campaign = new FuzzCampaign(target, options);
        using var watch = new SearchWatch(context, wish.Time);
        campaign.Run(c => watch.GoOn(elapsed => Line(c, elapsed)));
        watch.Clear();
        var holds = campaign.Findings.Count == 0 && !campaign.IsCut;
        context.Write(
            wish.Format,
            () => PageOf(campaign, options, wish, watch.Elapsed, holds),
            () => SearchJson.Of(campaign, holds)
        );
        if (wish.Folder is { } folder)
            Keep(campaign.Findings, folder);
        return holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    public static int Differences(
        CommandContext context,
        SearchTarget one,
        SearchTarget other,
        FuzzOptions options,
        FuzzWish wish
    )
    {
        var search = new DifferenceSearch(one, other, options);
        using var watch = new SearchWatch(context, wish.Time);
        search.Run(s =>
            watch.GoOn(elapsed =>
                $"{SearchWatch.Rate(s.Sequences, elapsed)} sequences/s, " + $"{s.Differences.Count} differences"
            )
        );
        watch.Clear();
        var holds = search.Differences.Count == 0 && !search.IsCut;
        context.Write(
            wish.Format,
            () => PageOf(search, $"{one.Node.Name} and {other.Node.Name}", options, holds),
            () => SearchJson.Of(search, holds)
        );
        if (wish.Folder is { } folder)
            Keep(search.Differences, folder);
        return holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    private static Page PageOf(FuzzCampaign campaign, FuzzOptions options, FuzzWish wish, TimeSpan elapsed, bool holds)
    {
        var page = new Page();
        foreach (var finding in campaign.Findings)
            Describe(page, finding);
        if (wish.Reach)
            page.Table(ReachTable(campaign.Reach));
        foreach (var note in campaign.NotChecked)
            page.Text(note);
        // A page is the same every time, a terminal's line tells how long it took.
        var summary = wish.Format == Format.Text ? Summary(campaign, elapsed) : Summary(campaign);
        return page.Text(Cut(campaign.IsCut, options) + summary, holds ? Tone.Good : Tone.Bad);
    }

    private static Page PageOf(DifferenceSearch search, string kernels, FuzzOptions options, bool holds)
    {
        var page = new Page();
        foreach (var difference in search.Differences)
        {
            page.Title(difference.Finding.Title)
                .Text($"{Times(difference)} {difference.Finding.Replay}")
                .Verbatim(difference.Finding.Detail);
        }

        foreach (var note in search.NotComparedNotes)
            page.Text(note);
        return page.Text(
            $"{Cut(search.IsCut, options)}{search.Sequences} sequences on both, "
                + $"{search.Differences.Count} differences between {kernels}",
            holds ? Tone.Good : Tone.Bad
        );
    }

    /// <summary>How often each call succeeded and failed.</summary>
    private static PageTable ReachTable(IEnumerable<ReachRow> rows)
    {
        var table = new PageTable("call", "calls", "success", "failures") { Prose = [3] };
        foreach (var row in rows)
        {
            var success = row.SuccessPercent.ToString("0.0", CultureInfo.InvariantCulture) + " %";
            table.Add(
                row.Call,
                row.Calls.ToString(CultureInfo.InvariantCulture),
                row.Support switch
                {
                    Support.Stub => "stub",
                    Support.NotModelled => "not modelled",
                    _ => success,
                },
                new Cell(FailuresOf(row), row.NeverSeen.IsEmpty ? Tone.Plain : Tone.Bad)
            );
        }

        return table;
    }

    private static string FailuresOf(ReachRow row)
    {
        var seen = row.Failures.Select(f => $"{f.Errno} {f.Count}");
        return string.Join(", ", seen.Concat(row.NeverSeen.Select(errno => $"never {errno}")));
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
        + $"{campaign.Sequences} sequences, {campaign.Findings.Count} findings";

    private static string States(FuzzCampaign campaign)
    {
        var states = campaign.DistinctStates;
        return states == FuzzCampaign.MostStates ? $"over {states}" : $"{states}";
    }

    private static string Cut(bool isCut, FuzzOptions options) =>
        isCut ? $"The search was cut short of {options.MaxSequences} sequences: " : "";

    private static string Summary(FuzzCampaign campaign) =>
        $"{campaign.Sequences} sequences of {campaign.Calls} calls, {States(campaign)} states, "
        + Page.Count(campaign.Findings.Count, "finding");

    private static string Summary(FuzzCampaign campaign, TimeSpan elapsed)
    {
        var seconds = elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return $"{Summary(campaign)}, {seconds} s ({SearchWatch.Rate(campaign.Sequences, elapsed)} sequences/s)";
    }

    /// <summary>Writes a scenario and a C program for each finding.</summary>
    public static void Keep(IReadOnlyCollection<FuzzFinding> findings, string folder)
    {
        Directory.CreateDirectory(folder);
        var names = new FindingNames();
        foreach (var finding in findings)
        {
            var name = Path.Combine(folder, names.Take(finding.FileName));
            File.WriteAllText(name + ".scenario", finding.Scenario);
            File.WriteAllText(name + ".c", finding.Program);
        }
    }
}
