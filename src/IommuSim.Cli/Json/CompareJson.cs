using System.Text.Json.Nodes;
using IommuSim.Cli.Commands;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>The document of <c>compare</c>.</summary>
internal static class CompareJson
{
    public static string Of(ComparisonMatrix matrix) =>
        JsonText.Write(
            new JsonObject
            {
                ["kernels"] = JsonText.List(
                    matrix.Kernels,
                    static kernel => new JsonObject
                    {
                        ["label"] = kernel.Label,
                        ["kernel"] = kernel.Node.Name,
                        ["build"] = JsonText.Build(kernel.Build),
                    }
                ),
                ["cells"] = new JsonArray([.. Entries(matrix)]),
                ["designs"] = JsonText.List(
                    DesignRow.Of(matrix.Kernels),
                    static row => JsonText.Design(row.Kernels, row.Cost)
                ),
            }
        );

    private static IEnumerable<JsonNode> Entries(ComparisonMatrix matrix)
    {
        for (var r = 0; r < matrix.Rows.Length; r++)
        {
            for (var k = 0; k < matrix.Kernels.Length; k++)
                yield return Entry(matrix.Kernels[k].Label, matrix.Rows[r], matrix.Cells[r][k]);
        }
    }

    /// <summary>
    /// One request on one kernel. <c>hwInfo</c> is null where the kernel has no such driver or ioctl,
    /// <c>advertised</c> where nothing tells, <c>alloc</c> where the request cannot be written down.
    /// </summary>
    private static JsonObject Entry(string kernel, ComparisonRow row, ComparisonCell cell) =>
        new()
        {
            ["kernel"] = kernel,
            ["driver"] = row.Driver,
            ["type"] = row.Type,
            ["typeName"] = row.TypeName,
            ["placement"] = ComparePage.Word(row.Placement),
            ["hwInfo"] = cell.HwInfo?.Call is { } info ? JsonText.Call("GET_HW_INFO", info) : null,
            ["list"] = cell.HwInfo?.List is { } bits ? $"0x{bits:x}" : null,
            ["advertised"] = cell.HwInfo?.Advertises(row.Type),
            ["preparation"] = JsonText.List(
                cell.Alloc?.Preparation ?? [],
                static made => JsonText.Call(made.What, made.Call)
            ),
            ["placedOn"] = cell.Alloc is { } alloc ? ComparePage.Word(alloc.Placement) : null,
            ["alloc"] = cell.Alloc is { } asked ? JsonText.Call("HWPT_ALLOC", asked.Call) : null,
        };
}
