using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Draw;

/// <summary>
/// The data that goes with a type: what a program written against the kernel's own header sends,
/// and now and then what it should not.
/// </summary>
internal sealed class DriverData
{
    /// <summary>SMMUv3's command for a range of addresses.</summary>
    private const ulong TlbiNhVa = 0x12;

    private static readonly (string Alloc, string Invalidate)[] s_names =
    [
        ("iommu_hwpt_intel_vtd", "iommu_hwpt_invalidate_intel_vtd"),
        ("iommu_hwpt_vtd_s1", "iommu_hwpt_vtd_s1_invalidate"),
        ("iommu_hwpt_arm_smmuv3", "iommu_hwpt_invalidate_arm_smmuv3"),
        ("iommu_hwpt_arm_smmuv3", "iommu_viommu_arm_smmuv3_invalidate"),
        ("iommu_hwpt_selftest", "iommu_hwpt_invalidate_selftest"),
    ];

    private readonly Dictionary<(uint Type, bool Alloc), StructLayoutTable?> _layouts = [];

    public DriverData(SearchTarget target)
    {
        Target = target;
        foreach (var row in target.Spec.Drivers.SelectMany(d => d.Ops.HwptTypes))
        {
            _layouts[(row.Type, true)] = LayoutOf(row.Type, row.AllocSize, isAlloc: true);
            _layouts[(row.Type, false)] = LayoutOf(row.Type, row.InvalidateSize, isAlloc: false);
        }

        Types = [.. _layouts.Keys.Select(k => k.Type).Distinct().Order()];
    }

    public SearchTarget Target { get; }

    /// <summary>The types that some driver of the kernel has.</summary>
    private ImmutableArray<uint> Types { get; }

    /// <summary>A type for a device or a hwpt, mostly one that its driver has.</summary>
    public uint TypeFor(KnownObject? of, bool isAlloc, SplitMix random)
    {
        var own = of is null ? null : Target.Spec.Drivers.FirstOrDefault(d => d.Name == of.Driver);
        var at = random.Below(10);
        if (at < 7 && own is not null)
        {
            foreach (var row in own.Ops.HwptTypes)
            {
                if ((isAlloc ? row.AllocSize : row.InvalidateSize) > 0)
                    return row.Type;
            }
        }

        return at < 9 && Types.Length > 0 ? random.Pick(Types) : (uint)Numbers.Type(random);
    }

    /// <summary>Sets the type, the data and its length, in whichever fields the kernel has them.</summary>
    public void Fill(FieldDraft draft, uint type, bool isAlloc, bool isParent)
    {
        var random = draft.Random;
        var memory = Draw(type, isAlloc, isParent, random);
        var told = !isAlloc && draft.Has("entry_len") ? InvalidationOf(type) : type;
        if (random.OneIn(16))
            told = (uint)Numbers.Type(random);
        draft.SetFirst(CallValue.Of(told), "data_type", "hwpt_type");
        draft.SetFirst(CallValue.At(memory), "data_uptr", "data_ptr", "reqs_uptr");
        var right = (ulong)(Layout(type, isAlloc)?.Size ?? 0);
        var length = random.OneIn(8) ? Numbers.Near(right, random) : right;
        draft.SetFirst(CallValue.Of(length & uint.MaxValue), "data_len", "entry_len", "req_len");
        draft.SetFirst(CallValue.Of(Numbers.Count(random) & uint.MaxValue), "entry_num", "req_num");
        if (random.OneIn(24))
            MakeHuge(draft, random);
    }

    /// <summary>As much data as the fields can say, and memory behind all of it.</summary>
    private static void MakeHuge(FieldDraft draft, SplitMix random)
    {
        var isLong = random.Below(2) == 0;
        draft.Change(field =>
        {
            ulong? number = field.Name switch
            {
                "data_len" or "entry_len" or "req_len" when isLong => 0xffffffff,
                "entry_num" or "req_num" when !isLong => 0x110000u << (int)random.Below(4),
                _ => null,
            };
            if (field.Value.Memory is not null)
                return CallValue.At(MemorySpec.Plain(SearchMemory.Largest));
            return number is { } huge ? CallValue.Of(huge) : null;
        });
    }

    /// <summary>As merged, invalidation has types of its own.</summary>
    private static uint InvalidationOf(uint type) =>
        type switch
        {
            HwptType.IOMMU_HWPT_DATA_VTD_S1 => HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
            HwptType.IOMMU_HWPT_DATA_SELFTEST => HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
            _ => type,
        };

    /// <summary>The layout of the type's data; null where it has none.</summary>
    private StructLayoutTable? Layout(uint type, bool isAlloc) => _layouts.GetValueOrDefault((type, isAlloc));

    /// <summary>Well-formed data of the type; null for a type without.</summary>
    public MemorySpec? WellFormed(uint type, bool isAlloc, bool isParent = false)
    {
        if (Layout(type, isAlloc) is not { } layout)
            return null;
        return new MemorySpec(layout, [FieldsOf(layout, isParent)], 0, 0, PageAccess.ReadWrite);
    }

    /// <summary>Data as well-formed as the draw wants it.</summary>
    private MemorySpec Draw(uint type, bool isAlloc, bool isParent, SplitMix random)
    {
        var good = WellFormed(type, isAlloc, isParent);
        // An allocation is what later calls stand on; an invalidation that fails costs them nothing.
        if (good is not null && !isAlloc && random.OneIn(2))
            return Perturb(good, random);
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
                return Perturb(good, random);
            default:
                return good ?? MemorySpec.Plain(64, (byte)random.Below(2));
        }
    }

    private static MemorySpec Perturb(MemorySpec good, SplitMix random)
    {
        var fields = good.Layout!.Fields;
        var field = random.Pick(fields);
        if (!field.IsScalar)
            return good;
        var entry = good.Entries[0].RemoveAll(f => f.Name == field.CName);
        // What programs get wrong most is a field that they never set.
        var number = random.OneIn(3) ? 0 : Numbers.Boundary(random);
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
            var layout = Target.Catalog.Structs.Pick(name, Target.Node);
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
