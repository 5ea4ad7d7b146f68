using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>
/// The ioctls and test operations of a kernel by number, and the size of the union that every argument is copied into.
/// Built once for a kernel: searches boot it many thousand times a second.
/// </summary>
internal sealed record DispatchTable(IoctlRow?[] Rows, int UnionSize, TestOpRow?[] TestOps)
{
    private static readonly ConditionalWeakTable<IommufdSpec, DispatchTable> s_test = [];
    private static readonly ConditionalWeakTable<IommufdSpec, DispatchTable> s_production = [];

    /// <summary>The table of a build with the selftest's ioctl or without it.</summary>
    public static DispatchTable Of(IommufdSpec spec, bool withTest) =>
        withTest
            ? s_test.GetValue(spec, static s => Make(s, withTest: true))
            : s_production.GetValue(spec, static s => Make(s, withTest: false));

    private static DispatchTable Make(IommufdSpec spec, bool withTest)
    {
        var rows = spec.Ioctls.Where(r => withTest || !r.TestOnly).ToArray();
        var table = new IoctlRow?[rows.Max(r => r.Nr) - IoctlNumber.IOMMUFD_CMD_BASE + 1];
        foreach (var row in rows)
            table[row.Nr - IoctlNumber.IOMMUFD_CMD_BASE] = row;
        if (spec.Bugs.Has((int)Bug.A27))
            Shorten(ref table[IoctlNumber.IOMMU_HWPT_INVALIDATE - IoctlNumber.IOMMUFD_CMD_BASE]);
        var isForgotten = spec.Bugs.Has((int)Bug.A26);
        var largest = rows.Where(r => !isForgotten || r.Nr != IoctlNumber.IOMMU_TEST_CMD).Max(r => r.Size);
        return new DispatchTable(table, Math.Max(spec.ExtraUnionSize, largest), ByNumber(spec));
    }

    private static TestOpRow?[] ByNumber(IommufdSpec spec)
    {
        var table = new TestOpRow?[spec.TestOps.Select(row => row.Op + 1).DefaultIfEmpty().Max()];
        foreach (var row in spec.TestOps)
            table[row.Op] ??= row;
        return table;
    }

    /// <summary>The minimum size names a field that is not the last, see <see cref="Bug.A27"/>.</summary>
    private static void Shorten(ref IoctlRow? row)
    {
        const int UpToEntryLength = 24;
        row = row! with { MinSize = UpToEntryLength };
    }
}
