using System.Text.Json.Serialization;
using IommuSim.Search.Campaigns;

namespace IommuSim.Cli.Review;

/// <summary>What a step of a review came to, in the line of a campaign.</summary>
/// <param name="Release">What the kernel before the series calls itself.</param>
/// <param name="Entry">Of a commit or a variant.</param>
/// <param name="Alternatives">Of the comparison of all variants; null also where none compiles.</param>
internal sealed record ReviewRecord(string Release, ReviewEntry? Entry = null, Alternatives? Alternatives = null);

/// <summary>The record as JSON.</summary>
[JsonSerializable(typeof(ReviewRecord))]
internal sealed partial class ReviewRecordJson : JsonSerializerContext
{
    public static ReviewRecordJson Lines { get; } = new(CampaignText.Options(indented: false));
}
