using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Machine.Reports;

namespace IommuSim.Scenarios.Comparison;

/// <summary>The same requests sent to several kernels.</summary>
/// <param name="Kernels">The columns.</param>
/// <param name="Rows">The rows, those of a driver next to each other.</param>
/// <param name="Cells">By row, then by kernel.</param>
internal sealed record ComparisonMatrix(
    ImmutableArray<ComparedKernel> Kernels,
    ImmutableArray<ComparisonRow> Rows,
    ImmutableArray<ImmutableArray<ComparisonCell>> Cells
)
{
    /// <summary>Without the drivers that none of the kernels has; the same where that leaves nothing.</summary>
    public ComparisonMatrix OfPresentDrivers()
    {
        int[] present = [.. Enumerable.Range(0, Rows.Length).Where(r => Cells[r].Any(cell => cell.HwInfo is not null))];
        return present.Length == 0
            ? this
            : this with
            {
                Rows = [.. present.Select(r => Rows[r])],
                Cells = [.. present.Select(r => Cells[r])],
            };
    }

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

/// <summary>A row of a comparison: one request to one driver.</summary>
/// <param name="Driver">The driver of the device, by name.</param>
/// <param name="Type">The data_type of the request.</param>
/// <param name="TypeName">Its C name, or what it is in a few words.</param>
/// <param name="Placement">What the request's pt_id names.</param>
internal sealed record ComparisonRow(string Driver, uint Type, string TypeName, Placement Placement)
{
    /// <summary>
    /// From here on an int has no bit for the type, and an x86 shift wraps round.
    /// </summary>
    public const uint FirstAlias = 32;

    /// <summary>The type whose bit this one hits when it is shifted in an int.</summary>
    public uint AliasOf => Type % FirstAlias;

    /// <summary>Small enough that a program plays with aliases, not a magic number.</summary>
    public bool IsAlias => Type is >= FirstAlias and < 2 * FirstAlias;
}

/// <summary>What the pt_id of an IOMMU_HWPT_ALLOC names.</summary>
internal enum Placement
{
    /// <summary>The address space: asks for a page table of the kernel.</summary>
    Ioas,

    /// <summary>A hw_pagetable made before: asks for a nested one.</summary>
    Hwpt,

    /// <summary>A guest's IOMMU on such a hw_pagetable: asks for a nested one of that guest.</summary>
    Viommu,
}

/// <summary>One request on one kernel.</summary>
/// <param name="HwInfo">
/// GET_HW_INFO on a freshly booted kernel; null where it has no such driver.
/// </param>
/// <param name="Alloc">
/// HWPT_ALLOC on another freshly booted kernel; null where the request cannot even be written down:
/// no such driver, no such ioctl, no field for the type.
/// </param>
internal sealed record ComparisonCell(HwInfoProbe? HwInfo, AllocProbe? Alloc)
{
    public static ComparisonCell Empty { get; } = new(null, null);
}

/// <summary>A design, and the compared kernels that have it.</summary>
internal sealed record DesignRow(ImmutableArray<string> Kernels, DesignCost Cost)
{
    /// <summary>The designs of these kernels in their order, each once.</summary>
    public static ImmutableArray<DesignRow> Of(IEnumerable<ComparedKernel> kernels) =>
        [
            .. kernels
                .Where(k => k.Node.Design is not null)
                .GroupBy(k => k.Node.Design!)
                .Select(g => new DesignRow([.. g.Select(k => k.Node.Name).Distinct(StringComparer.Ordinal)], g.Key)),
        ];
}
