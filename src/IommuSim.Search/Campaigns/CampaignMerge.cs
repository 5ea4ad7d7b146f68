using System.Text;
using System.Text.Json;

namespace IommuSim.Search.Campaigns;

/// <summary>All shards of a campaign put together, which gives what one job would have written.</summary>
internal sealed class CampaignMerge
{
    private CampaignMerge(CampaignHead head, CampaignItem[] items) =>
        (Head, Items) = (head with { Shard = Shard.Whole.ToString() }, items);

    public CampaignHead Head { get; }

    /// <summary>All of the campaign, in their order.</summary>
    public IReadOnlyList<CampaignItem> Items { get; }

    /// <summary>What they come to, for a campaign without a report of its own.</summary>
    public CampaignResult Result => CampaignResult.Of(Head, Items);

    /// <summary>Merges the shards of these folders.</summary>
    /// <exception cref="CampaignException">A shard is missing, not through, there twice or foreign.</exception>
    public static CampaignMerge Of(IReadOnlyList<string> folders)
    {
        var files = folders.SelectMany(FilesOf).ToArray();
        var first = files[0];
        foreach (var file in files)
        {
            var difference =
                file.Shard.Count == first.Shard.Count
                    ? first.Head.DifferenceTo(file.Head)
                    : ShardFile.Parts(file, first.Shard);
            if (difference is not null)
                throw new CampaignException($"'{file.Path}' is of another campaign than '{first.Path}': {difference}");
        }

        if (files.GroupBy(f => f.Shard.Number).FirstOrDefault(g => g.Count() > 1)?.ToArray() is [var one, var two, ..])
            throw new CampaignException($"shard {one.Shard} is there twice: '{one.Path}' and '{two.Path}'");
        if (files.FirstOrDefault(f => !f.IsThrough) is { } open)
        {
            throw new CampaignException(
                $"'{open.Path}' is not through: {open.Items.Count} of {open.Of} items; run the shard again, it goes on"
            );
        }

        RefuseMissing(files);
        return new CampaignMerge(first.Head, [.. Whole(files)]);
    }

    /// <summary>The result of one shard that is the whole campaign and through.</summary>
    public static CampaignMerge Of(ShardFile whole) => new(whole.Head, [.. Whole([whole])]);

    /// <summary>Writes the lines that one job would have written; its result stands beside them.</summary>
    /// <exception cref="CampaignException">The folder has shards.</exception>
    public void Write(string folder)
    {
        if (ShardFile.In(folder) is [var there, ..])
            throw new CampaignException($"'{there}' is there; give --out a folder without shards");
        Directory.CreateDirectory(folder);
        var lines = new StringBuilder();
        lines.Append(JsonSerializer.Serialize(Head, CampaignJson.Lines.CampaignHead)).Append('\n');
        foreach (var item in Items)
            lines.Append(JsonSerializer.Serialize(item, CampaignJson.Lines.CampaignItem)).Append('\n');
        File.WriteAllText(Path.Combine(folder, ShardFile.NameOf(Shard.Whole)), lines.ToString());
    }

    private static IEnumerable<ShardFile> FilesOf(string folder)
    {
        if (ShardFile.In(folder) is not [_, ..] paths)
            throw new CampaignException($"there is no shard in '{folder}': expected files shard-K-of-N.jsonl");
        return paths.Select(path =>
            ShardFile.Read(path) ?? throw new CampaignException($"'{path}' has no whole line; run the shard again")
        );
    }

    private static void RefuseMissing(ShardFile[] files)
    {
        var count = files[0].Shard.Count;
        int[] missing = [.. Enumerable.Range(1, count).Except(files.Select(f => f.Shard.Number))];
        if (missing is [var only])
            throw new CampaignException($"shard {only}/{count} is missing");
        if (missing.Length > 1)
        {
            throw new CampaignException(
                $"{missing.Length} of {count} shards are missing, the first is {missing[0]}/{count}"
            );
        }
    }

    /// <summary>All items in their order; evidence stays with the lowest item of a signature.</summary>
    private static IEnumerable<CampaignItem> Whole(ShardFile[] files)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in files.SelectMany(f => f.Items).OrderBy(i => i.Item))
        {
            yield return item with
            {
                Findings = [.. item.Findings.Select(f => known.Add(f.Signature) ? f : f with { Evidence = null })],
            };
        }
    }
}
