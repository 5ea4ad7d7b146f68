using System.Collections.Immutable;
using IommuSim.Machine.Reports;

namespace IommuSim.Scenarios.Comparison;

/// <summary>The same requests sent to several kernels.</summary>
/// <param name="Kernels">The columns.</param>
/// <param name="Rows">The rows, those of a driver next to each other.</param>
/// <param name="Cells">By row, then by kernel.</param>
public sealed record ComparisonMatrix(
    ImmutableArray<ComparedKernel> Kernels,
    ImmutableArray<ComparisonRow> Rows,
    ImmutableArray<ImmutableArray<ComparisonCell>> Cells
)
{
    /// <summary>Every report that a reader sees, GET_HW_INFO's first, row by row.</summary>
    public IEnumerable<KernelReport> Reports()
    {
        foreach (var row in Cells)
        {
            foreach (var cell in row)
            {
                foreach (var report in cell.HwInfo?.Call?.Reports ?? [])
                    yield return report;
                foreach (var report in cell.Alloc?.Call.Reports ?? [])
                    yield return report;
            }
        }
    }
}
