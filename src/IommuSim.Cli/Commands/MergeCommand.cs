using System.CommandLine;
using IommuSim.Search.Campaigns;

namespace IommuSim.Cli.Commands;

/// <summary><c>merge</c>: the shards of a campaign put together.</summary>
internal static class MergeCommand
{
    public static Command Create(CommandContext context)
    {
        var folders = new Argument<string[]>("folders")
        {
            Description = "the folders that hold all shards of one campaign",
            HelpName = "folder",
            Arity = ArgumentArity.OneOrMore,
        };
        var into = new Option<string>("--out")
        {
            Description = "a folder for what one job would have written: lines, result.json, findings",
            HelpName = "folder",
        };
        var format = CommonOptions.FormatOf(ReviewCommand.Formats);
        var command = new Command("merge", "Puts the shards of a campaign together, and prints its result.")
        {
            folders,
            into,
            format,
        };
        command.SetAction(parsed =>
        {
            var merge = CampaignMerge.Of(parsed.GetValue(folders)!);
            var folder = parsed.GetValue(into);
            CampaignReport.RefuseFormat(merge, parsed.GetValue(format)!);
            if (folder is not null)
                merge.Write(folder);
            return CampaignReport.Write(context, merge, folder, parsed.GetValue(format)!)
                ? ExitCode.Holds
                : ExitCode.Found;
        });
        return command;
    }
}
