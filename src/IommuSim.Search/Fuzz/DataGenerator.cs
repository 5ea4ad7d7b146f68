using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>
/// The data that goes with a type: what a program written against the kernel's own header sends,
/// and now and then what it should not.
/// </summary>
internal sealed class DataGenerator
{
    /// <summary>SMMUv3's command for a range of addresses.</summary>
    private const ulong TlbiNhVa = 0x12;

    private static readonly (string Alloc, string Invalidate)[] s_names =
    [
        ("iommu_hwpt_intel_vtd", "iommu_hwpt_invalidate_intel_vtd"),
        ("iommu_hwpt_vtd_s1", "iommu_hwpt_vtd_s1_invalidate"),
        ("iommu_hwpt_arm_smmuv3", "iommu_hwpt_invalidate_arm_smmuv3"),
        ("iommu_hwpt_selftest", "iommu_hwpt_invalidate_selftest"),
    ];

    private readonly FuzzTarget _target;
    private readonly Dictionary<(uint Type, bool Alloc), StructLayoutTable?> _layouts = [];

    public DataGenerator(FuzzTarget target)
    {
        _target = target;
        foreach (var row in target.Spec.Drivers.SelectMany(d => d.Ops.HwptTypes))
        {
            _layouts[(row.Type, true)] = LayoutOf(row.Type, row.AllocSize, isAlloc: true);
            _layouts[(row.Type, false)] = LayoutOf(row.Type, row.InvalidateSize, isAlloc: false);
        }

        Types = [.. _layouts.Keys.Select(k => k.Type).Distinct().Order()];
    }

    /// <summary>The types that some driver of the kernel has.</summary>
    public ImmutableArray<uint> Types { get; }

    /// <summary>The layout of the type's data; null where it has none.</summary>
    public StructLayoutTable? Layout(uint type, bool isAlloc) => _layouts.GetValueOrDefault((type, isAlloc));

    /// <summary>Well-formed data of the type; null for a type without.</summary>
    public MemorySpec? WellFormed(uint type, bool isAlloc, bool isParent = false)
    {
        if (Layout(type, isAlloc) is not { } layout)
            return null;
        return new MemorySpec(layout, [FieldsOf(layout, isParent)], 0, 0, PageAccess.ReadWrite);
    }

    /// <summary>Data as well-formed as the draw wants it.</summary>
    public MemorySpec Draw(uint type, bool isAlloc, bool isParent, ref SplitMix random)
    {
        var good = WellFormed(type, isAlloc, isParent);
        // An allocation is what later calls stand on; an invalidation that fails costs them nothing.
        if (good is not null && !isAlloc && Numbers.OneIn(2, ref random))
            return Perturb(good, ref random);
        switch (random.Below(20))
        {
            case 0:
                return MemorySpec.Plain(SearchMemory.Largest);
            case 1:
                return MemorySpec.Plain(64, (byte)random.Below(256));
            case 2:
                return MemorySpec.Plain(4096, 0, PageAccess.Absent);
            case 3:
                return MemorySpec.Plain(64, 0, PageAccess.ReadOnly);
            case 4 or 5 when good is not null:
                return Perturb(good, ref random);
            default:
                return good ?? MemorySpec.Plain(64, (byte)random.Below(2));
        }
    }

    private static MemorySpec Perturb(MemorySpec good, ref SplitMix random)
    {
        var fields = good.Layout!.Fields;
        var field = fields[(int)random.Below((uint)fields.Count)];
        if (!field.IsScalar)
            return good;
        var entry = good.Entries[0].RemoveAll(f => f.Name == field.CName);
        // What programs get wrong most is a field that they never set.
        var number = Numbers.OneIn(3, ref random) ? 0 : Numbers.Boundary(ref random);
        var value = CallValue.Of(number & MaskOf(field.Size));
        return good with { Entries = [entry.Add(new FieldSetting(field.CName, value))] };
    }

    public static ulong MaskOf(int size) => size >= sizeof(ulong) ? ulong.MaxValue : (1UL << (size * 8)) - 1;

    private static ImmutableArray<FieldSetting> FieldsOf(StructLayoutTable layout, bool isParent)
    {
        var fields = ImmutableArray.CreateBuilder<FieldSetting>();
        foreach (var field in layout.Fields)
        {
            if (field.IsScalar && DefaultOf(layout, field.CName, isParent) is > 0 and var value)
                fields.Add(new FieldSetting(field.CName, CallValue.Of(value)));
        }

        return fields.ToImmutable();
    }

    private static ulong DefaultOf(StructLayoutTable layout, string field, bool isParent) =>
        field switch
        {
            "pgtbl_addr" or "s1ctxptr" => 0x10000,
            "addr_width" => 48,
            "test_config" or "iotlb" => SelftestConstants.IOMMU_TEST_IOTLB_DEFAULT,
            "npages" => 1,
            "opcode" => TlbiNhVa,
            "granule_size" => 4096,
            "flags" when layout.Find("test_config") is not null => SelftestConstants.IOMMU_TEST_FLAG_NESTED,
            "flags" when isParent && layout.Find("s2vmid") is not null => SmmuV3Constants.IOMMU_SMMUV3_FLAG_S2,
            _ => 0,
        };

    private StructLayoutTable? LayoutOf(uint type, int size, bool isAlloc)
    {
        if (size == 0)
            return null;
        foreach (var (alloc, invalidate) in s_names)
        {
            if (!IsOf(type, alloc))
                continue;
            var name = isAlloc ? alloc : invalidate;
            var layout = _target.Catalog.Structs.Pick(name, _target.Node);
            if (layout.Size == size)
                return layout;
        }

        return null;
    }

    private static bool IsOf(uint type, string name) =>
        type switch
        {
            HwptType.IOMMU_HWPT_TYPE_VTD_S1 => name.Contains("vtd", StringComparison.Ordinal),
            HwptType.IOMMU_HWPT_TYPE_ARM_SMMUV3 => name.Contains("smmu", StringComparison.Ordinal),
            _ => name.Contains("selftest", StringComparison.Ordinal),
        };
}
