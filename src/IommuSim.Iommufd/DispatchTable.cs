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
        var isForgotten = spec.Bugs.Has((int)Bug.A26);
        var last = IoctlNumber.IOMMUFD_CMD_BASE;
        var largest = spec.ExtraUnionSize;
        foreach (var row in rows)
        {
            last = Math.Max(last, row.Nr);
            if (!isForgotten || row.Nr != IoctlNumber.IOMMU_TEST_CMD)
                largest = Math.Max(largest, row.Size);
        }

        var table = new IoctlRow?[last - IoctlNumber.IOMMUFD_CMD_BASE + 1];
        foreach (var row in rows)
            table[row.Nr - IoctlNumber.IOMMUFD_CMD_BASE] = row;
        if (spec.Bugs.Has((int)Bug.A27))
            Shorten(ref table[IoctlNumber.IOMMU_HWPT_INVALIDATE - IoctlNumber.IOMMUFD_CMD_BASE]);
        return new DispatchTable(table, largest, ByNumber(spec));
    }

    private static TestOpRow?[] ByNumber(IommufdSpec spec)
    {
        var count = 0u;
        foreach (var row in spec.TestOps)
            count = Math.Max(count, row.Op + 1);
        var table = new TestOpRow?[count];
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
