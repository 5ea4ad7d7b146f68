using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace IommuSim.Search.Campaigns;

/// <summary>A search that can be dealt out in pieces.</summary>
internal interface ICampaign
{
    /// <summary>What it is; without a shard.</summary>
    CampaignHead Head { get; }

    /// <summary>Does one piece of work; null where it was cut.</summary>
    /// <param name="item">From 0. The result depends on nothing else but the head.</param>
    /// <param name="known">Signatures whose evidence is there: it is not made again, and left out.</param>
    /// <param name="goOn">False cuts the work.</param>
    CampaignItem? Run(int item, IReadOnlySet<string> known, Func<bool> goOn);

    /// <summary>What the machine lacks for the item that was cut, in a sentence; null where nothing.</summary>
    string? Ended => null;
}

/// <summary>
/// Runs one shard of a campaign into a file of a folder, a line for each item. What is done already is not done again.
/// </summary>
internal sealed class ShardRun : IDisposable
{
    private readonly ICampaign _campaign;
    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <exception cref="CampaignException">The folder is of another campaign, or another job is at it.</exception>
    public ShardRun(ICampaign campaign, Shard shard, string folder)
    {
        _campaign = campaign;
        var head = campaign.Head with { Shard = shard.ToString() };
        Directory.CreateDirectory(folder);
        ShardFile.RefuseOthers(folder, head, shard);
        var path = Path.Combine(folder, ShardFile.NameOf(shard));
        _lock = Lock(path);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        State = ShardFile.Read(path, _file) ?? new ShardFile(path, head, shard, [], 0);
        if (State.Shard != shard)
            throw new CampaignException($"'{path}' holds shard {State.Shard}, not {shard}; give another --out");
        _file.SetLength(State.Length);
        _file.Position = State.Length;
        if (State.Length == 0)
            Append(head, CampaignJson.Lines.CampaignHead);
        foreach (var finding in State.Items.SelectMany(i => i.Findings))
            _known.Add(finding.Signature);
        Resumed = State.Items.Count;
    }

    /// <summary>What the file holds.</summary>
    public ShardFile State { get; }

    /// <summary>Items that an earlier job did.</summary>
    public int Resumed { get; }

    /// <summary>Signatures that were found so far.</summary>
    public int Findings => _known.Count;

    /// <summary>Runs until every item is done or <paramref name="goOn"/> returns false.</summary>
    public void Run(Func<ShardRun, bool> goOn)
    {
        foreach (var number in State.Shard.ItemsOf(State.Head.Items).Skip(State.Items.Count))
        {
            if (!goOn(this) || _campaign.Run(number, _known, () => goOn(this)) is not { } item)
                return;
            Append(item, CampaignJson.Lines.CampaignItem);
            State.Items.Add(item);
            foreach (var finding in item.Findings)
                _known.Add(finding.Signature);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    /// <summary>
    /// A file beside the shard's, which others may read meanwhile. The system gives the lock back when a job is killed.
    /// </summary>
    private static FileStream Lock(string path)
    {
        var name = path + ".lock";
        try
        {
            return new FileStream(
                name,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException) when (File.Exists(name))
        {
            throw new CampaignException($"'{path}' is being written by another job");
        }
    }

    /// <summary>On the disk when it returns.</summary>
    private void Append<T>(T value, JsonTypeInfo<T> type)
    {
        _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value, type) + "\n"));
        _file.Flush(flushToDisk: true);
    }
}
