using IommuSim.Cli.Rendering;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Commands;

/// <summary>A probe in the few characters of a cell.</summary>
internal static class CompareText
{
    public static Cell HwInfo(HwInfoProbe? probe, ReportTags tags)
    {
        if (probe is null)
            return new Cell("no driver", Tone.Quiet);
        if (probe.Call is not { } call)
            return new Cell("-", Tone.Quiet);
        var list = probe.List switch
        {
            null => "",
            ulong.MaxValue => " U64_MAX",
            { } bits => $" 0x{bits:x}",
        };
        return Compose($"{call.Result}{list}", call, tags);
    }

    public static Cell Alloc(ComparisonRow row, ComparisonCell cell, ReportTags tags)
    {
        if (cell.HwInfo is null)
            return "";
        if (cell.Alloc is not { } alloc)
            return new Cell("n/a", Tone.Quiet);
        var advertised = cell.HwInfo.Advertises(row.Type) switch
        {
            true => "yes",
            false => "no ",
            null => cell.HwInfo.HasList ? "?  " : "-  ",
        };
        var star = alloc.Placement == row.Placement ? "" : "*";
        return Compose($"{advertised} {alloc.Call.Result}{star}", alloc.Call, tags);
    }

    private static Cell Compose(string text, CallProbe call, ReportTags tags)
    {
        if (call.Reports.Length > 0)
            return new Cell($"{text}\n    {tags.Of(call.Reports)}", Tone.Bad);
        if (call.Result.Killed)
            return new Cell(text, Tone.Bad);
        return new Cell(text, call.Result.Succeeded ? Tone.Good : Tone.Refused);
    }
}
