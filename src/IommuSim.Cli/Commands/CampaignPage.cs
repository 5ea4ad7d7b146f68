using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Search.Campaigns;

namespace IommuSim.Cli.Commands;

/// <summary>A campaign for a reader: its findings, the rows of its items, and the counts.</summary>
internal static class CampaignPage
{
    /// <summary>The whole campaign, whoever ran it: the page has no times and no shards.</summary>
    public static Page Of(CampaignResult result)
    {
        var page = new Page();
        foreach (var finding in result.Findings)
        {
            page.Title(finding.Signature)
                .Text($"Found {Times(finding.Count)}, first in {finding.At}. {finding.Replay}")
                .Verbatim(finding.Evidence.Detail);
            if (finding.Evidence.Scenario is { } scenario)
                page.Verbatim(scenario);
        }

        if (result.Head.Columns.Count > 0)
        {
            var table = new PageTable([.. result.Head.Columns]) { Prose = [0, 1, 4] };
            foreach (var row in result.Rows)
                table.Add([.. row.Select(text => new Cell(text))]);
            page.Table(table);
        }

        foreach (var note in result.Notes)
            page.Text(note);
        var counts = string.Concat(result.Counts.Select(c => $", {c.Key} {Number(c.Value)}"));
        var kernels = result.Head.Inputs.Where(i => i.Kind == "kernel").Select(i => i.Name).ToArray();
        var on = kernels.Length <= 2 ? string.Join(" against ", kernels) : $"{Number(kernels.Length)} kernels";
        return page.Text(
            $"{result.Head.Campaign} of {on}, seed {result.Head.Seed}, items {Number(result.Head.Items)}{counts}: "
                + Page.Count(result.Findings.Count, "finding"),
            result.Holds ? Tone.Good : Tone.Bad
        );
    }

    /// <summary>One shard.</summary>
    public static Page Of(ShardRun run)
    {
        var page = new Page();
        var findings = run.State.Items.SelectMany(i => i.Findings);
        foreach (var finding in findings.DistinctBy(f => f.Signature, StringComparer.Ordinal))
            page.Text($"{finding.Signature}{(finding.Replay.Length > 0 ? ": " : "")}{finding.Replay}", Tone.Bad);
        if (run.Resumed > 0)
            page.Text($"{Page.Count(run.Resumed, "item")} of an earlier job not run again");
        var folder = Path.GetDirectoryName(run.State.Path);
        var next = run.State.IsThrough
            ? $"'iommusim merge {folder}' gives the result once every shard is through"
            : "cut: the same command goes on";
        return page.Text($"{Summary(run)}; {run.State.Path}; {next}", run.Findings == 0 ? Tone.Good : Tone.Bad);
    }

    public static string Summary(ShardRun run) =>
        $"shard {run.State.Shard}: {Number(run.State.Items.Count)} of {Page.Count(run.State.Of, "item")}, "
        + Page.Count(run.Findings, "finding");

    private static string Times(long count) => count == 1 ? "once" : $"{Number(count)} times";

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);
}
