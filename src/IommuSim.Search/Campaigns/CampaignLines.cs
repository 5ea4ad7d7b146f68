using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IommuSim.Search.Campaigns;

/// <summary>The first line of a shard: what the campaign is, and which part of it this is.</summary>
/// <param name="Campaign">The command: <c>fuzz</c>, <c>explore</c>, <c>hunt</c>, <c>review</c>.</param>
/// <param name="Tool">The hash of the command's own code.</param>
/// <param name="Inputs">Kernels and files, each with its hash.</param>
/// <param name="Seed">Of all random choices.</param>
/// <param name="Budget">How much work there is, by name.</param>
/// <param name="Columns">Of the rows of the items; empty where they have none.</param>
/// <param name="Items">Work items of all shards.</param>
/// <param name="Shard"><c>K/N</c>; null in a result, which has none.</param>
internal sealed record CampaignHead(
    string Campaign,
    string Tool,
    IReadOnlyList<CampaignInput> Inputs,
    ulong Seed,
    SortedDictionary<string, long> Budget,
    IReadOnlyList<string> Columns,
    int Items,
    string? Shard = null
)
{
    /// <summary>The first thing in which another campaign differs, in words; null for the same campaign.</summary>
    public string? DifferenceTo(CampaignHead other)
    {
        if (Campaign != other.Campaign)
            return $"it is a campaign of '{other.Campaign}', not of '{Campaign}'";
        if (Tool != other.Tool)
            return $"its tool hash is {Short(other.Tool)}, not {Short(Tool)}";
        if (Seed != other.Seed)
            return $"its seed is {other.Seed}, not {Seed}";
        if (TextOf(Budget) != TextOf(other.Budget))
            return $"its budget is {TextOf(other.Budget)}, not {TextOf(Budget)}";
        for (var i = 0; i < Math.Min(Inputs.Count, other.Inputs.Count); i++)
        {
            if (Inputs[i] != other.Inputs[i])
                return $"its {other.Inputs[i]}, not {Inputs[i]}";
        }

        return Inputs.Count == other.Inputs.Count && Items == other.Items
            ? null
            : $"it has {other.Inputs.Count} kernels and files and {other.Items} items, "
                + $"not {Inputs.Count} and {Items}";
    }

    internal static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;

    private static string TextOf(SortedDictionary<string, long> budget) =>
        string.Join(", ", budget.Select(b => FormattableString.Invariant($"{b.Key} {b.Value}")));
}

/// <summary>A kernel or a file that a campaign is about.</summary>
/// <param name="Kind">
/// <c>kernel</c> or <c>scenario</c>; of a review also <c>series</c>, <c>commit</c>, <c>patch</c>.
/// </param>
/// <param name="Name">As the command line has it: replay strings hold it.</param>
/// <param name="Hash">
/// SHA-256 of the file; of a modelled kernel, which is in the tool, of its name and build; of a commit its id.
/// </param>
internal sealed record CampaignInput(string Kind, string Name, string Hash)
{
    public override string ToString() => $"{Kind} is '{Name}' with hash {CampaignHead.Short(Hash)}";
}

/// <summary>A piece of work that is done, in one line. It depends on the campaign and its number alone.</summary>
/// <param name="Item">From 0.</param>
/// <param name="Name">What it is, for a reader.</param>
/// <param name="Counts">What was run, by name.</param>
/// <param name="Row">Its cells in the table of the result; empty without a table.</param>
/// <param name="Findings">Each signature once.</param>
/// <param name="Notes">What was not checked, in sentences.</param>
/// <param name="Record">What a report of the campaign's own is made of; null where it has none.</param>
internal sealed record CampaignItem(
    int Item,
    string Name,
    SortedDictionary<string, long> Counts,
    IReadOnlyList<string> Row,
    IReadOnlyList<CampaignFinding> Findings,
    IReadOnlyList<string> Notes,
    JsonElement? Record = null
);

/// <summary>What an item found.</summary>
/// <param name="Signature">The same for the same bug: it holds no ids and no addresses.</param>
/// <param name="Count">How often.</param>
/// <param name="Replay">The command line that brings the first of them back.</param>
/// <param name="Evidence">In the first item of a shard that has the signature; null in later ones.</param>
internal sealed record CampaignFinding(string Signature, long Count, string Replay, CampaignEvidence? Evidence = null);

/// <summary>What shows a finding.</summary>
/// <param name="Detail">For a reader.</param>
/// <param name="Scenario">The shrunk calls, or null.</param>
/// <param name="Program">The same in C, or null.</param>
internal sealed record CampaignEvidence(string Detail, string? Scenario = null, string? Program = null);

/// <summary>How lines are written. The same values are the same bytes, also after they were read.</summary>
internal static class CampaignText
{
    public static JsonSerializerOptions Options(bool indented) =>
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            WriteIndented = indented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
}

/// <summary>The lines as JSON.</summary>
[JsonSerializable(typeof(CampaignHead))]
[JsonSerializable(typeof(CampaignItem))]
[JsonSerializable(typeof(CampaignResult))]
internal sealed partial class CampaignJson : JsonSerializerContext
{
    /// <summary>One line for each value.</summary>
    public static CampaignJson Lines { get; } = new(CampaignText.Options(indented: false));

    public static CampaignJson Indented { get; } = new(CampaignText.Options(indented: true));
}
