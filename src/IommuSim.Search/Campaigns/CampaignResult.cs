using System.Text;
using System.Text.Json;

namespace IommuSim.Search.Campaigns;

/// <summary>
/// What a whole campaign came to: the same bytes whether one job ran it or many. It has no times, no host names, no
/// counts of processors or shards.
/// </summary>
/// <param name="Head">What the campaign is.</param>
/// <param name="Holds">Nothing was found.</param>
/// <param name="Counts">Sums over all items.</param>
/// <param name="Findings">By signature, each as the lowest item has it.</param>
/// <param name="Rows">Of the items, in their order.</param>
/// <param name="Notes">What was not checked, each once.</param>
internal sealed record CampaignResult(
    CampaignHead Head,
    bool Holds,
    SortedDictionary<string, long> Counts,
    IReadOnlyList<MergedFinding> Findings,
    IReadOnlyList<IReadOnlyList<string>> Rows,
    IReadOnlyList<string> Notes
)
{
    private const string FileName = "result.json";

    /// <param name="items">All of the campaign, in their order.</param>
    internal static CampaignResult Of(CampaignHead head, IReadOnlyList<CampaignItem> items)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var findings = new SortedDictionary<string, MergedFinding>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            foreach (var (name, count) in item.Counts)
                counts[name] = counts.GetValueOrDefault(name) + count;
            foreach (var found in item.Findings)
            {
                findings[found.Signature] = findings.TryGetValue(found.Signature, out var known)
                    ? known with
                    {
                        Count = known.Count + found.Count,
                    }
                    : MergedFinding.Of(item, found);
            }
        }

        IReadOnlyList<string>[] rows = [.. items.Where(i => i.Row.Count > 0).Select(i => i.Row)];
        return new CampaignResult(
            head with
            {
                Shard = null,
            },
            findings.Count == 0,
            counts,
            [.. findings.Values],
            rows,
            [.. items.SelectMany(i => i.Notes).Distinct(StringComparer.Ordinal)]
        );
    }

    public string ToJson() => JsonSerializer.Serialize(this, CampaignJson.Indented.CampaignResult);

    /// <summary>Writes <c>result.json</c>, and a scenario and a C program for each finding that has them.</summary>
    public void Write(string folder)
    {
        var names = new Search.Findings.FindingNames();
        foreach (var finding in Findings)
        {
            if (finding.Evidence is not { Scenario: { } scenario, Program: { } program })
                continue;
            var name = Path.Combine(folder, names.Take(Search.Findings.FindingFiles.NameOf(finding.Signature)));
            File.WriteAllText(name + ".scenario", scenario);
            File.WriteAllText(name + ".c", program);
        }

        Keep(folder, ToJson());
    }

    /// <summary>Writes a result, its own or a campaign's, as <c>result.json</c>: one that is there is whole.</summary>
    public static void Keep(string folder, string json)
    {
        var path = Path.Combine(folder, FileName);
        File.WriteAllText(path + ".new", json + "\n", new UTF8Encoding(false));
        File.Move(path + ".new", path, overwrite: true);
    }
}

/// <summary>A finding of the whole campaign.</summary>
/// <param name="Count">How often, in all items.</param>
/// <param name="Item">The lowest that has it.</param>
/// <param name="At">The name of that item.</param>
/// <param name="Replay">Of the first in that item.</param>
internal sealed record MergedFinding(
    string Signature,
    long Count,
    int Item,
    string At,
    string Replay,
    CampaignEvidence Evidence
)
{
    internal static MergedFinding Of(CampaignItem item, CampaignFinding found) =>
        new(
            found.Signature,
            found.Count,
            item.Item,
            item.Name,
            found.Replay,
            found.Evidence ?? throw new CampaignException($"item {item.Item} has no evidence of '{found.Signature}'")
        );
}
