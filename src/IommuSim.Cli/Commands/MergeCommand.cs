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
        var format = CommonOptions.Format();
        var command = new Command("merge", "Puts the shards of a campaign together, and prints its result.")
        {
            folders,
            into,
            format,
        };
        command.SetAction(parsed =>
        {
            var merge = CampaignMerge.Of(parsed.GetValue(folders)!);
            if (parsed.GetValue(into) is { } folder)
                merge.Write(folder);
            context.Write(
                CommonOptions.FormatOf(parsed, format),
                () => CampaignPage.Of(merge.Result),
                merge.Result.ToJson
            );
            return merge.Result.Holds ? ExitCode.Holds : ExitCode.Found;
        });
        return command;
    }
}
