using System.Text.Json;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>compare</c>.</summary>
internal sealed record CompareJson(
    IReadOnlyList<CompareJson.ColumnJson> Kernels,
    IReadOnlyList<CompareJson.CellJson> Cells,
    IReadOnlyList<DesignJson> Designs
)
{
    public static string Of(ComparisonMatrix matrix)
    {
        var columns = matrix.Kernels.Select(k => new ColumnJson(k.Label, k.Node.Name, BuildJson.Of(k.Build)));
        var designs = DesignRow.Of(matrix.Kernels).Select(d => DesignJson.Of(d.Kernels, d.Cost));
        var document = new CompareJson([.. columns], [.. Entries(matrix)], [.. designs]);
        return JsonSerializer.Serialize(document, JsonText.Readable.CompareJson);
    }

    private static IEnumerable<CellJson> Entries(ComparisonMatrix matrix)
    {
        for (var r = 0; r < matrix.Rows.Length; r++)
        {
            for (var k = 0; k < matrix.Kernels.Length; k++)
                yield return CellJson.Of(matrix.Kernels[k].Label, matrix.Rows[r], matrix.Cells[r][k]);
        }
    }

    /// <summary>A kernel, and the build of it that was asked.</summary>
    internal sealed record ColumnJson(string Label, string Kernel, BuildJson Build);

    /// <summary>
    /// One request on one kernel. <c>hwInfo</c> is null where the kernel has no such driver or
    /// ioctl,
    /// <c>advertised</c> where nothing tells, <c>alloc</c> where the request cannot be written
    /// down.
    /// </summary>
    internal sealed record CellJson(
        string Kernel,
        string Driver,
        uint Type,
        string TypeName,
        string Placement,
        CallJson? HwInfo,
        string? List,
        bool? Advertised,
        IReadOnlyList<CallJson> Preparation,
        string? PlacedOn,
        CallJson? Alloc
    )
    {
        public static CellJson Of(string kernel, ComparisonRow row, ComparisonCell cell) =>
            new(
                kernel,
                row.Driver,
                row.Type,
                row.TypeName,
                Word(row.Placement),
                cell.HwInfo?.Call is { } info ? CallJson.Of("GET_HW_INFO", info) : null,
                cell.HwInfo?.List is { } bits ? $"0x{bits:x}" : null,
                cell.HwInfo?.Advertises(row.Type),
                [.. (cell.Alloc?.Preparation ?? []).Select(p => CallJson.Of(p.What, p.Call))],
                cell.Alloc is { } alloc ? Word(alloc.Placement) : null,
                cell.Alloc is { } asked ? CallJson.Of("HWPT_ALLOC", asked.Call) : null
            );

        private static string Word(Placement placement) =>
            placement == Scenarios.Comparison.Placement.Ioas ? "ioas" : "hwpt";
    }
}
