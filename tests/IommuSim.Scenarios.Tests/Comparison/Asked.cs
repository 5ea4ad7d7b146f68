using System.Collections.Immutable;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

/// <summary>One cell of the matrix.</summary>
internal static class Asked
{
    public static ComparisonCell Cell(string kernel, string driver, uint type, Placement placement)
    {
        Assert.True(ComparedKernel.TryParse(kernel, KernelCatalog.Default, out var column, out var error), error);
        ImmutableArray<ComparisonRow> rows = [new ComparisonRow(driver, type, "", placement)];
        return KernelComparison.Run(KernelCatalog.Default, [column!], rows).Cells[0][0];
    }

    /// <summary><c>OK; title; title</c>.</summary>
    public static string Text(CallProbe? call) =>
        call is null ? "-" : string.Join("; ", call.Reports.Select(r => r.Title).Prepend($"{call.Result}"));
}
