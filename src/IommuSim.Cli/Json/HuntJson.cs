using System.Text.Json;
using IommuSim.Cli.Commands;
using IommuSim.Search.Hunt;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>hunt</c>: one entry of <c>rows</c> for each kernel.</summary>
internal sealed record HuntJson(
    bool Holds,
    bool Interrupted,
    ulong Seed,
    int Bugs,
    int Found,
    int FalseAlarms,
    IReadOnlyList<HuntJson.RowEntry> Rows
)
{
    public static string Of(HuntSummary summary)
    {
        var document = new HuntJson(
            summary.Holds,
            summary.Interrupted,
            summary.Seed,
            summary.Bugs,
            summary.Found,
            summary.FalseAlarms,
            [.. summary.Rows.Select(RowEntry.Of)]
        );
        return JsonSerializer.Serialize(document, JsonText.Readable.HuntJson);
    }

    internal sealed record RowEntry(
        string Kernel,
        IReadOnlyList<string> Bugs,
        string? Search,
        string? Title,
        string? Replay,
        long Needed,
        double Seconds,
        string? Detail
    )
    {
        public static RowEntry Of(HuntRow row) =>
            new(
                row.Kernel,
                row.Bugs,
                row.Finding?.Search,
                row.Finding?.Title,
                row.Finding?.Replay,
                row.Needed,
                row.Seconds,
                row.Finding?.Detail
            );
    }
}
