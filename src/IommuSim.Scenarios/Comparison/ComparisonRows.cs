using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Scenarios.Catalog;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Comparison;

/// <summary>The requests worth sending to a driver.</summary>
internal static class ComparisonRows
{
    private static readonly (uint Type, string Name)[] s_real =
    [
        (HwptType.IOMMU_HWPT_TYPE_VTD_S1, "VTD_S1"),
        (HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3, "ARM_SMMUV3"),
    ];

    /// <summary>
    /// For each driver: type 0 and the driver's own types, a type of another vendor, and the
    /// numbers that alias type 0 and the small own ones in a 32-bit shift, with either placement; the
    /// own types on a guest's IOMMU too where the driver has such.
    /// </summary>
    public static ImmutableArray<ComparisonRow> For(
        KernelCatalog catalog,
        IEnumerable<ComparedKernel> kernels,
        IEnumerable<string> drivers
    )
    {
        var specs = kernels.Select(k => catalog.SpecOf(k.Node)).ToArray();
        var rows = ImmutableArray.CreateBuilder<ComparisonRow>();
        foreach (var driver in drivers)
        {
            var own = specs
                .SelectMany(s => s.Drivers.Where(d => d.Name == driver))
                .SelectMany(d => d.Ops.HwptTypes)
                .Where(t => t.Type != 0)
                .GroupBy(t => t.Type)
                .Select(g => g.Last())
                .OrderBy(t => t.Type)
                .ToArray();
            rows.AddRange(ForDriver(driver, own));
            if (Viommus(specs, driver))
                rows.AddRange(own.Select(t => new ComparisonRow(driver, t.Type, ShortName(t.Name), Placement.Viommu)));
        }

        return rows.ToImmutable();
    }

    /// <summary>The rows of one type, however odd, for each driver.</summary>
    public static IEnumerable<ComparisonRow> ForType(string driver, uint type) =>
        [
            new ComparisonRow(driver, type, NameOf(type), Placement.Ioas),
            new ComparisonRow(driver, type, NameOf(type), Placement.Hwpt),
        ];

    /// <summary>Whether the driver gives guests an IOMMU on some kernel.</summary>
    private static bool Viommus(IEnumerable<IommufdSpec> specs, string driver) =>
        specs.SelectMany(s => s.Drivers).Any(d => d.Name == driver && d.Ops.ViommuInit is not null);

    private static IEnumerable<ComparisonRow> ForDriver(string driver, HwptTypeRow[] own)
    {
        yield return new ComparisonRow(driver, 0, NameOf(0), Placement.Ioas);
        var foreign = s_real.First(r => own.All(t => t.Type != r.Type));
        var nested = own.Select(t => (t.Type, Name: ShortName(t.Name))).Append(foreign);
        foreach (var (type, name) in nested.OrderBy(t => t.Type))
            yield return new ComparisonRow(driver, type, name, Placement.Hwpt);
        foreach (var aliased in own.Select(t => t.Type).Where(IsSmall).Prepend(0u))
        {
            foreach (var row in ForType(driver, aliased + ComparisonRow.FirstAlias))
                yield return row;
        }
    }

    private static bool IsSmall(uint type) => type < ComparisonRow.FirstAlias;

    private static string NameOf(uint type) =>
        type switch
        {
            HwptType.IOMMU_HWPT_TYPE_DEFAULT => "DEFAULT",
            HwptType.IOMMU_HWPT_TYPE_VTD_S1 => "VTD_S1",
            HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3 => "ARM_SMMUV3",
            HwptType.IOMMU_HWPT_TYPE_SELFTTEST => "SELFTTEST",
            HwptType.IOMMU_HWPT_TYPE_SELFTEST => "SELFTEST",
            >= 32 and < 64 => $"alias of {type - 32}",
            _ => "unknown",
        };

    private static string ShortName(string cName)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["IOMMU_HWPT_TYPE_", "IOMMU_HWPT_DATA_", "IOMMU_PGTBL_DATA_"])
        {
            if (cName.StartsWith(prefix, StringComparison.Ordinal))
                return cName[prefix.Length..];
        }

        return cName;
    }
}
