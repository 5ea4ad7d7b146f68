using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Cli.Rendering;
using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Findings;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary>
/// <c>hunt</c>: all searches over all bug nodes and over the kernels without any, or over kernels that are given.
/// </summary>
internal static class HuntCommand
{
    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernels("hunt on this kernel only; repeatable");
        var against = new Option<string>("--against")
        {
            Description = "set aside what this kernel shows too, and go on: the tree before a patch",
            HelpName = "kernel",
        };
        var seed = SearchOptions.Seed();
        var time = SearchOptions.Time("cut the hunt short after this time");
        var replay = new Option<string>("--replay")
        {
            Description = "run one search from one seed again, as a line of the table says; needs one --kernel",
            HelpName = "search:N",
        };
        var campaign = new CampaignOptions(
            "with --replay: a folder for the scenario and the C program of what is found"
        );
        var folder = campaign.Folder;
        var answer = new AnswerOptions();
        var command = new Command("hunt", "Runs every search over every bug, or over a kernel, and keeps the score.")
        {
            kernel,
            against,
            seed,
            time,
            replay,
            campaign.Shard,
            folder,
            answer.Format,
            answer.Html,
        };
        command.SetAction(parsed =>
        {
            var names = parsed.GetValue(kernel) ?? [];
            var nodes = NodesOf(names);
            var parent = parsed.GetValue(against) is { } name ? Inputs.Kernel(KernelCatalog.Default, name) : null;
            if (parent is not null && names.Length == 0)
                throw new InputErrorException("--against sets aside what another kernel shows too; give --kernel");
            campaign.RefuseReplay(parsed, replay);
            if (parsed.GetValue(replay) is { } text)
                return Replay(context, nodes, parent, text, parsed.GetValue(folder));
            var first = SearchOptions.SeedOf(parsed.GetValue(seed));
            var limit = SearchOptions.TimeOf(parsed.GetValue(time));
            if (campaign.IsAsked(parsed))
            {
                if (parent is not null)
                    throw new InputErrorException("a campaign compares no kernels; leave out --against, or --shard");
                var hunted = new HuntRows(nodes, KernelCatalog.Default, first, CampaignOptions.Tool);
                answer.RefuseHtml(parsed);
                return campaign.Run(context, parsed, hunted, answer.FormatOf(parsed), limit);
            }

            if (parsed.GetValue(folder) is not null)
                throw new InputErrorException("--out keeps what one search finds; give --replay, or --shard");
            using var watch = new SearchWatch(context, limit);
            var hunt = new Hunt(first, h => watch.GoOn(elapsed => Line(h, elapsed))) { Against = parent };
            var summary = new HuntScore(hunt.Run(nodes), first);
            watch.Clear();
            var elapsed = answer.FormatOf(parsed) == Format.Text ? watch.Elapsed : (TimeSpan?)null;
            answer.Write(
                context,
                parsed,
                () => HuntPage.Of(summary, parsed.GetValue(against), elapsed),
                () => SearchJson.Of(summary)
            );
            return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
        });
        return command;
    }

    /// <summary>All bugs and all kernels without any, where none is named.</summary>
    private static KernelNode[] NodesOf(string[] names) =>
        names.Length > 0
            ? [.. names.Select(n => Inputs.Kernel(KernelCatalog.Default, n))]
            : [.. KernelTree.Bugs, .. KernelTree.Fixed];

    private static string Line(Hunt hunt, TimeSpan elapsed) =>
        $"{elapsed.TotalSeconds:0} s, {hunt.Found} of {hunt.Kernels} kernels with a finding";

    private static int Replay(
        CommandContext context,
        KernelNode[] nodes,
        KernelNode? parent,
        string text,
        string? folder
    )
    {
        if (nodes is not [var node])
            throw new InputErrorException("--replay runs one search on one kernel; give one --kernel");
        using var search = new HuntSearch(node, seed: 1, parent: parent);
        if (!search.TryReplay(text, out var finding, out var shrunk))
            throw new InputErrorException(
                $"'{text}' is no search: expected fuzz:N, sweep:N or race:N with a seed N, advertise or probe"
            );
        var page = new Page();
        if (finding is not null)
            page.Title(finding.Title).Verbatim(shrunk?.Finding.Detail ?? finding.Detail);
        if (shrunk is not null)
            page.Verbatim(shrunk.Scenario).Text(FilesOf(shrunk, folder));
        foreach (var aside in search.SetAside)
            page.Text($"set aside: {aside.Title}");
        page.Text(
            finding is null ? "nothing found" : $"found by {finding.Replay}",
            finding is null ? Tone.Good : Tone.Bad
        );
        TextPage.Write(page, context.Output, context.Settings);
        return finding is null ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    /// <summary>Writes the files where a folder is given, and says where they are or how to have them.</summary>
    private static string FilesOf(FuzzFinding shrunk, string? folder)
    {
        if (folder is null)
            return "'--out FOLDER' writes these calls as a scenario and as a C program.";
        FuzzReport.Keep([shrunk], folder);
        var file = Path.Combine(folder, shrunk.FileName);
        return $"written: {file}.scenario, {file}.c";
    }
}
