using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// The arrays that v1 keeps in iommufd's core and that every driver series edits: here built from the rows of the
/// drivers, as the series would have written them.
/// </summary>
/// <param name="TypeBitmaps">iommufd_hwpt_type_bitmaps, by driver_type.</param>
/// <param name="AllocSizes">iommufd_hwpt_alloc_data_size, by data_type.</param>
/// <param name="InvalidateSizes">iommufd_hwpt_invalidate_info_size, by data_type.</param>
internal sealed record CoreTables(CTable TypeBitmaps, CTable AllocSizes, CTable InvalidateSizes)
{
    /// <summary>
    /// The tables with the entries of these drivers. The mock has none: its numbers are too large for an
    /// index, which is why patch 09 works around the tables.
    /// </summary>
    public static CoreTables Of(IEnumerable<DriverSpec> drivers)
    {
        const uint Default = HwptType.IOMMU_HWPT_TYPE_DEFAULT;
        var bitmaps = Table("iommufd_hwpt_type_bitmaps")
            .With(HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT, 1UL << (int)Default);
        var allocSizes = Table("iommufd_hwpt_alloc_data_size").With(Default, 0);
        var invalidateSizes = Table("iommufd_hwpt_invalidate_info_size");
        foreach (var ops in drivers.Select(d => d.Ops))
        {
            if (ops.DriverType is 0 or HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST)
                continue;
            var bitmap = 1UL << (int)Default;
            foreach (var row in ops.HwptTypes.Where(r => r.Type is not Default and < 64))
            {
                bitmap |= 1UL << (int)row.Type;
                allocSizes = allocSizes.With(row.Type, (ulong)row.AllocSize);
                if (row.InvalidateSize != 0)
                    invalidateSizes = invalidateSizes.With(row.Type, (ulong)row.InvalidateSize);
            }

            bitmaps = bitmaps.With(ops.DriverType, bitmap);
        }

        return new CoreTables(bitmaps, allocSizes, invalidateSizes);
    }

    private static CTable Table(string name) => new(name, elementSize: 8, ImmutableSortedDictionary<uint, ulong>.Empty);
}
