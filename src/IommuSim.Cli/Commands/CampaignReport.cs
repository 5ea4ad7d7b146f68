using IommuSim.Cli.Json;
using IommuSim.Cli.Review;
using IommuSim.Search.Campaigns;

namespace IommuSim.Cli.Commands;

/// <summary>
/// A whole campaign as it is printed and kept, whoever ran it: a review by its own report, any other by its findings.
/// </summary>
internal static class CampaignReport
{
    private static readonly string[] s_formats = ["text", "json", "markdown"];

    /// <summary>Some formats are of a review alone.</summary>
    public static void RefuseFormat(CampaignMerge merge, string format)
    {
        if (!IsReview(merge) && !s_formats.Contains(format, StringComparer.OrdinalIgnoreCase))
        {
            throw new InputErrorException(
                $"--format {format} is for a review; a campaign of '{merge.Head.Campaign}' is printed as text, json or "
                    + "markdown"
            );
        }
    }

    /// <summary>Prints it, and keeps <c>result.json</c> and the findings; returns whether nothing was found.</summary>
    /// <param name="folder">Null where nothing is kept.</param>
    public static bool Write(CommandContext context, CampaignMerge merge, string? folder, string format)
    {
        if (IsReview(merge))
        {
            var report = ReviewCampaign.ReportOf(merge.Head, merge.Items);
            if (folder is not null)
            {
                ReviewFiles.Write(report, folder);
                CampaignResult.Keep(folder, ReviewJson.Of(report));
            }

            ReviewCommand.Write(context, report, format);
            return report.Holds;
        }

        var result = merge.Result;
        if (folder is not null)
            result.Write(folder);
        context.Write(Enum.Parse<Format>(format, ignoreCase: true), () => CampaignPage.Of(result), result.ToJson);
        return result.Holds;
    }

    private static bool IsReview(CampaignMerge merge) => merge.Head.Campaign == ReviewCampaign.Name;
}
