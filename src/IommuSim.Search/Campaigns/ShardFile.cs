using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IommuSim.Search.Campaigns;

/// <summary>What is known of one shard: the whole lines of its file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Items">Those of the shard that are done, in their order.</param>
/// <param name="Length">Bytes of the whole lines; what stands behind them was being written when the job ended.</param>
internal sealed record ShardFile(string Path, CampaignHead Head, Shard Shard, List<CampaignItem> Items, long Length)
{
    private const string Pattern = "shard-*-of-*.jsonl";

    /// <summary>Every item of the shard is done.</summary>
    public bool IsThrough => Items.Count == Of;

    /// <summary>How many items the shard has.</summary>
    public int Of => Shard.ItemsOf(Head.Items).Count();

    public static string NameOf(Shard shard) =>
        FormattableString.Invariant($"shard-{shard.Number}-of-{shard.Count}.jsonl");

    /// <summary>The shards of a folder by name.</summary>
    public static string[] In(string folder)
    {
        string[] paths = Directory.Exists(folder) ? Directory.GetFiles(folder, Pattern) : [];
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }

    /// <summary>Reads the file; null where not even its first line is whole.</summary>
    /// <exception cref="CampaignException">A whole line is not what was to come.</exception>
    public static ShardFile? Read(string path)
    {
        // Another job may be writing it.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(path, file);
    }

    /// <summary>The same of an open file.</summary>
    internal static ShardFile? Read(string path, FileStream file)
    {
        var bytes = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(bytes);
        var length = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (length == 0)
            return null;
        var lines = Encoding.UTF8.GetString(bytes, 0, length - 1).Split('\n');
        var head = Parse(lines[0], CampaignJson.Lines.CampaignHead, path, 1);
        if (head.Shard is null || !Shard.TryParse(head.Shard, out var shard))
            throw new CampaignException($"'{path}', line 1: '{head.Shard}' is no shard: expected K/N");
        var items = new List<CampaignItem>();
        var expected = shard.ItemsOf(head.Items).ToArray();
        for (var i = 1; i < lines.Length; i++)
        {
            var item = Parse(lines[i], CampaignJson.Lines.CampaignItem, path, i + 1);
            if (i > expected.Length || item.Item != expected[i - 1])
                throw new CampaignException($"'{path}', line {i + 1}: item {item.Item} is not the next of {shard}");
            items.Add(item);
        }

        return new ShardFile(path, head, shard, items, length);
    }

    /// <summary>
    /// Refuses a folder with a shard of another campaign: what is merged later could not be told apart.
    /// </summary>
    internal static void RefuseOthers(string folder, CampaignHead head, Shard shard)
    {
        foreach (var path in In(folder))
        {
            if (Read(path) is not { } other)
                continue;
            var difference = other.Shard.Count == shard.Count ? head.DifferenceTo(other.Head) : Parts(other, shard);
            if (difference is not null)
                throw new CampaignException($"'{path}' is of another campaign: {difference}; give another --out");
        }
    }

    internal static string Parts(ShardFile other, Shard shard) =>
        $"it is one of {other.Shard.Count} shards, not of {shard.Count}";

    private static T Parse<T>(string line, JsonTypeInfo<T> type, string path, int number)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(line, type) is { } value)
                return value;
        }
        catch (JsonException)
        {
            // The same sentence for every way to be wrong.
        }

        throw new CampaignException($"'{path}', line {number}: this is no line of a campaign");
    }
}
