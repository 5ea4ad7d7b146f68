using System.Collections.Immutable;
using IommuSim.Machine.Memory;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws what guests get: vIOMMUs, and the devices and queues on them. 7.3.</summary>
internal static class GuestGenerator
{
    private static readonly StructLayoutTable s_viommuData = StructLayoutTable.Of(typeof(ViommuSelftest));

    private static readonly StructLayoutTable s_request = StructLayoutTable.Of(typeof(ViommuInvalidateSelftest));

    /// <summary>Whether the ioctl is one of these; false leaves the fields alone.</summary>
    public static bool Fill(FieldDraft draft, ref SplitMix random)
    {
        switch (draft.Plan.Verb)
        {
            case "IOMMU_VIOMMU_ALLOC":
                FillViommu(draft, ref random);
                return true;
            case "IOMMU_VDEVICE_ALLOC":
                draft.Set("viommu_id", draft.Id(ResourceKind.Viommu, ref random));
                var device = draft.Id(ResourceKind.Device, HwptGenerator.IsMock, ref random);
                draft.Set("dev_id", device);
                draft.Set("virt_id", VirtualId(ref random));
                return true;
            case "IOMMU_VEVENTQ_ALLOC":
                draft.Set("viommu_id", draft.Id(ResourceKind.Viommu, ref random));
                var isSelftest = !Numbers.OneIn(12, ref random);
                draft.Set("type", isSelftest ? VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST : Numbers.Type(ref random));
                draft.Set("veventq_depth", Depth(ref random));
                return true;
            case "IOMMU_HW_QUEUE_ALLOC":
                draft.Set("viommu_id", draft.Id(ResourceKind.Viommu, ref random));
                draft.Set("type", TypeOr(ViommuConstants.IOMMU_HW_QUEUE_TYPE_SELFTEST, ref random));
                draft.Set("index", Numbers.OneIn(12, ref random) ? Numbers.Type(ref random) : random.Below(2));
                draft.Set("nesting_parent_iova", JustMapped(draft.Known.Last, ref random));
                draft.Set("length", MappingGenerator.Length(ref random));
                return true;
            default:
                return false;
        }
    }

    /// <summary>What a guest's driver asks of a vIOMMU: to forget what its devices have cached.</summary>
    public static void FillInvalidate(FieldDraft draft, ref SplitMix random)
    {
        draft.Set("hwpt_id", draft.Id(ResourceKind.Viommu, ref random));
        var type = TypeOr(ViommuConstants.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST, ref random);
        draft.Set("data_type", type);
        var count = 1 + (int)random.Below(2);
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<FieldSetting>>();
        for (var i = 0; i < count; i++)
        {
            entries.Add([
                new FieldSetting("flags", CallValue.Of(random.Below(8) == 0 ? 2 : random.Below(2))),
                new FieldSetting("vdev_id", CallValue.Of(VirtualId(ref random) & uint.MaxValue)),
                new FieldSetting("cache_id", CallValue.Of(random.Below(5))),
            ]);
        }

        var access = Numbers.OneIn(12, ref random) ? PageAccess.Absent : PageAccess.ReadWrite;
        var memory = new MemorySpec(s_request, entries.ToImmutable(), 0, 0, access);
        draft.Set("data_uptr", CallValue.At(memory));
        draft.Set("entry_len", LengthOf(s_request, ref random));
        var told = Numbers.OneIn(12, ref random) ? HwptGenerator.Count(ref random) : (ulong)count;
        draft.Set("entry_num", told & uint.MaxValue);
    }

    private static void FillViommu(FieldDraft draft, ref SplitMix random)
    {
        draft.Set("dev_id", draft.Id(ResourceKind.Device, HwptGenerator.IsMock, ref random));
        var parent = draft.Id(ResourceKind.Paging, static r => r.IsParent && HwptGenerator.IsMock(r), ref random);
        draft.Set("hwpt_id", parent);
        draft.Set("type", TypeOr(ViommuConstants.IOMMU_VIOMMU_TYPE_SELFTEST, ref random));
        if (random.Below(3) != 0)
            return;
        var data = MemorySpec.Struct(s_viommuData, new FieldSetting("in_data", CallValue.Of(0xabcd)));
        draft.Set("data_uptr", CallValue.At(data));
        draft.Set("data_len", LengthOf(s_viommuData, ref random));
    }

    /// <summary>Where the last call has mapped something, if it has.</summary>
    private static CallValue JustMapped(Call? last, ref SplitMix random)
    {
        if (last is { Verb: "IOMMU_IOAS_MAP" } && !Numbers.OneIn(8, ref random))
        {
            foreach (var (name, value) in last.Fields)
            {
                if (name == "iova")
                    return value;
            }
        }

        return CallValue.Of(MappingGenerator.Iova(ref random));
    }

    /// <summary>Few, so that two devices meet; now and then one that the event's field cannot hold.</summary>
    private static ulong VirtualId(ref SplitMix random) =>
        Numbers.OneIn(12, ref random) ? Numbers.Boundary(ref random) : 1 + random.Below(2);

    private static ulong Depth(ref SplitMix random) =>
        random.Below(10) switch
        {
            0 => 0,
            1 => (1u << 19) + random.Below(2),
            2 => 16,
            _ => 1 + random.Below(2),
        };

    private static ulong TypeOr(uint type, ref SplitMix random) =>
        Numbers.OneIn(12, ref random) ? Numbers.Type(ref random) : type;

    private static ulong LengthOf(StructLayoutTable layout, ref SplitMix random) =>
        Numbers.OneIn(8, ref random) ? Numbers.Near((ulong)layout.Size, ref random) : (ulong)layout.Size;
}
