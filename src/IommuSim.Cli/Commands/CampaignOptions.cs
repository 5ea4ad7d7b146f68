using System.CommandLine;
using System.Reflection;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Campaigns;

namespace IommuSim.Cli.Commands;

/// <summary>The options by which a search becomes a campaign of many jobs, and the run of one job.</summary>
internal sealed class CampaignOptions
{
    private const string Auto = "auto";

    /// <summary>By which a runner learns that the program knows of shards.</summary>
    private static readonly string[] s_statusFiles = ["TEST_SHARD_STATUS_FILE", "GTEST_SHARD_STATUS_FILE"];

    /// <param name="folder">What the command's <c>--out</c> is for without <c>--shard</c>; null for nothing.</param>
    public CampaignOptions(string? folder)
    {
        var here = "with --shard: the folder of the campaign, which is resumed and for 'iommusim merge'";
        Folder = new Option<string>("--out")
        {
            Description = folder is null ? here : $"{folder}; {here}",
            HelpName = "folder",
        };
    }

    public Option<string> Folder { get; }

    public Option<string> Shard { get; } =
        new("--shard")
        {
            Description =
                "run this part of the work only, for example 2/8, into --out; auto takes it from the environment of "
                + "Slurm, Kubernetes, GitLab, Bazel, GoogleTest or HyperQueue",
            HelpName = "K/N|auto",
        };

    /// <summary>The hash of this command's code.</summary>
    public static string Tool { get; } = CampaignHashes.OfTool(Assemblies(typeof(CommandLine).Assembly));

    public bool IsAsked(ParseResult parsed) => parsed.GetValue(Shard) is not null;

    /// <summary>A replay is no campaign.</summary>
    public void RefuseReplay(ParseResult parsed, Option<string> replay)
    {
        if (IsAsked(parsed) && parsed.GetValue(replay) is not null)
            throw new InputErrorException("--replay runs one search again; leave out --shard");
    }

    /// <summary>Runs one shard, or goes on with it; the result where it is the whole campaign.</summary>
    public int Run(CommandContext context, ParseResult parsed, ICampaign campaign, Format format, TimeSpan? time) =>
        Run(context, parsed, _ => campaign, format.ToString(), time);

    /// <summary>The same for a campaign that is made for its shard, and goes with it.</summary>
    public int Run(
        CommandContext context,
        ParseResult parsed,
        Func<Search.Campaigns.Shard, ICampaign> campaignOf,
        string format,
        TimeSpan? time
    )
    {
        if (parsed.GetValue(Folder) is not { } folder)
            throw new InputErrorException("--shard needs --out FOLDER, where the campaign is kept");
        var shard = ShardOf(context, parsed.GetValue(Shard)!);
        var campaign = campaignOf(shard);
        using var owned = campaign as IDisposable;
        using var run = new ShardRun(campaign, shard, folder);
        using var watch = new SearchWatch(context, time);
        run.Run(r => watch.GoOn(elapsed => $"{elapsed.TotalSeconds:0} s, {CampaignPage.Summary(r)}"));
        watch.Clear();
        if (campaign.Ended is { } sentence)
            context.Error.Write($"iommusim: {sentence}\n");
        if (run.State.IsThrough && shard == Search.Campaigns.Shard.Whole)
            CampaignReport.Write(context, CampaignMerge.Of(run.State), folder, format);
        else
            TextPage.Write(CampaignPage.Of(run), context.Output, context.Settings);
        return !run.State.IsThrough ? ExitCode.DoesNotHold
            : run.Findings > 0 ? ExitCode.Found
            : ExitCode.Holds;
    }

    private static Shard ShardOf(CommandContext context, string text)
    {
        if (text != Auto)
        {
            return Search.Campaigns.Shard.TryParse(text, out var stated)
                ? stated
                : throw new InputErrorException(
                    $"'{text}' is no shard: expected K/N with K from 1 to N, for example 1/4, or {Auto}"
                );
        }

        var shard = ShardVariables.Find(context.Settings.Variable, out var origin);
        context.Error.Write($"iommusim: shard {shard}, named by {origin}\n");
        foreach (var file in s_statusFiles.Select(context.Settings.Variable))
        {
            if (!string.IsNullOrEmpty(file))
                File.WriteAllText(file, "");
        }

        return shard;
    }

    /// <summary>The project's own assemblies, this one first.</summary>
    private static IReadOnlyCollection<Assembly> Assemblies(Assembly first)
    {
        var all = new List<Assembly> { first };
        for (var i = 0; i < all.Count; i++)
        {
            var own = all[i]
                .GetReferencedAssemblies()
                .Where(name => name.Name!.StartsWith("IommuSim.", StringComparison.Ordinal));
            foreach (var assembly in own.Select(Assembly.Load))
            {
                if (!all.Contains(assembly))
                    all.Add(assembly);
            }
        }

        return all;
    }
}
