using IommuSim.Iommu;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Fuzz;

/// <summary>Draws what hw_pagetables are made of and what is invalidated of them.</summary>
internal sealed class HwptGenerator(FuzzTarget target)
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint FaultIdValid = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    private readonly DataGenerator _data = new(target);

    /// <summary>Whether HWPT_ALLOC has flags in this kernel; earlier ones refuse any.</summary>
    private bool HasFlags => target.Spec.UserData >= UserDataConvention.UserPointer;

    public void FillAlloc(FieldDraft draft, ref SplitMix random)
    {
        var device = IsQueueNew(draft)
            ? draft.Pick(ResourceKind.Device, IsMock, ref random)
            : draft.Pick(ResourceKind.Device, ref random);
        var nests = draft.Has("data_type") || draft.Has("hwpt_type");
        var parent = nests && random.Below(2) == 0 ? PickParent(draft, ref random) : null;
        if (parent is { Kind: ResourceKind.Viommu })
            device = draft.Pick(ResourceKind.Device, IsMock, ref random);
        draft.Set("dev_id", device?.Value ?? draft.Id(ResourceKind.Device, ref random));
        draft.Set(
            "pt_id",
            parent is not null && !Numbers.OneIn(12, ref random)
                ? parent.Value
                : draft.Id(ResourceKind.Ioas, ref random)
        );
        if (!nests)
            return;
        if (parent is null)
        {
            var flags = random.Below(8) switch
            {
                < 5 => NestParent,
                5 => HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
                _ => 0u,
            };
            if (HasFlags)
                draft.Set("flags", AddFaults(draft, flags, ref random));
            FillParentData(draft, device, ref random);
            return;
        }

        if (draft.Has("fault_id"))
            draft.Set("flags", AddFaults(draft, 0, ref random));
        var type = TypeFor(device, isAlloc: true, ref random);
        FillData(draft, type, isAlloc: true, isParent: false, ref random);
    }

    public void FillInvalidate(FieldDraft draft, ref SplitMix random)
    {
        if (target.HasViommus && random.Below(3) == 0)
        {
            GuestGenerator.FillInvalidate(draft, ref random);
            return;
        }

        var hwpt = draft.Pick(ResourceKind.Nested, ref random);
        draft.Set("hwpt_id", hwpt?.Value ?? draft.Id(ResourceKind.Nested, ref random));
        var type = TypeFor(hwpt, isAlloc: false, ref random);
        FillData(draft, type, isAlloc: false, isParent: false, ref random);
    }

    /// <summary>Then the hwpt is for it, and for a device that raises page faults.</summary>
    private static bool IsQueueNew(FieldDraft draft) => draft.Known.Last is { Verb: "IOMMU_FAULT_QUEUE_ALLOC" };

    private Resource? PickParent(FieldDraft draft, ref SplitMix random) =>
        target.HasViommus && random.Below(2) == 0 && draft.Pick(ResourceKind.Viommu, ref random) is { } viommu
            ? viommu
            : draft.Pick(ResourceKind.Paging, ref random);

    /// <summary>
    /// From 6.12 on a hwpt may have a queue for page faults, which a parent may not; 7.3's may be for PASIDs.
    /// </summary>
    private static uint AddFaults(FieldDraft draft, uint flags, ref SplitMix random)
    {
        if (!draft.Has("fault_id"))
            return flags;
        if (Numbers.OneIn(8, ref random))
            flags |= HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
        if (random.Below(2) != 0 || draft.Pick(ResourceKind.FaultQueue, ref random) is not { } queue)
            return flags;
        var id = Numbers.OneIn(12, ref random) ? draft.Id(ResourceKind.FaultQueue, ref random) : queue.Value;
        draft.Set("fault_id", id);
        return Numbers.OneIn(12, ref random) ? flags : (flags & ~NestParent) | FaultIdValid;
    }

    /// <summary>Until v3 a paging hwpt has a type as well, and what some can be a parent of depends on it.</summary>
    private void FillParentData(FieldDraft draft, Resource? device, ref SplitMix random)
    {
        if (random.Below(3) == 0)
            return;
        var type = TypeFor(device, isAlloc: true, ref random);
        if (_data.WellFormed(type, isAlloc: true, isParent: true) is not { } memory || !IsStage(memory))
        {
            if (random.Below(3) != 0)
                return;
        }

        FillData(draft, type, isAlloc: true, isParent: true, ref random);
    }

    /// <summary>Whether the data can ask for a page table that others are nested on.</summary>
    private static bool IsStage(MemorySpec memory) => memory.Layout?.Find("s2vmid") is not null;

    internal static bool IsMock(Resource resource) => resource.Driver == "mock";

    private uint TypeFor(Resource? of, bool isAlloc, ref SplitMix random)
    {
        var own = of is null ? null : target.Spec.Drivers.FirstOrDefault(d => d.Name == of.Driver);
        var at = random.Below(10);
        if (at < 7 && own is not null)
        {
            foreach (var row in own.Ops.HwptTypes)
            {
                if ((isAlloc ? row.AllocSize : row.InvalidateSize) > 0)
                    return row.Type;
            }
        }

        return at < 9 && _data.Types.Length > 0
            ? _data.Types[(int)random.Below((uint)_data.Types.Length)]
            : (uint)Numbers.Type(ref random);
    }

    private void FillData(FieldDraft draft, uint type, bool isAlloc, bool isParent, ref SplitMix random)
    {
        var memory = _data.Draw(type, isAlloc, isParent, ref random);
        var told = !isAlloc && draft.Has("entry_len") ? InvalidationOf(type) : type;
        if (Numbers.OneIn(16, ref random))
            told = (uint)Numbers.Type(ref random);
        draft.SetFirst(CallValue.Of(told), "data_type", "hwpt_type");
        draft.SetFirst(CallValue.At(memory), "data_uptr", "data_ptr", "reqs_uptr");
        var right = (ulong)(_data.Layout(type, isAlloc)?.Size ?? 0);
        var length = Numbers.OneIn(8, ref random) ? Numbers.Near(right, ref random) : right;
        draft.SetFirst(CallValue.Of(length & uint.MaxValue), "data_len", "entry_len", "req_len");
        draft.SetFirst(CallValue.Of(Count(ref random) & uint.MaxValue), "entry_num", "req_num");
        if (Numbers.OneIn(24, ref random))
            MakeHuge(draft, ref random);
    }

    /// <summary>How many entries are told.</summary>
    internal static ulong Count(ref SplitMix random) =>
        random.Below(16) switch
        {
            0 => Numbers.Boundary(ref random),
            1 => 0ul,
            2 => 2ul,
            _ => 1ul,
        };

    /// <summary>As much data as the fields can say, and memory behind all of it.</summary>
    private static void MakeHuge(FieldDraft draft, ref SplitMix random)
    {
        var isLong = random.Below(2) == 0;
        var numbers = random;
        draft.Change(field =>
        {
            ulong? number = field.Name switch
            {
                "data_len" or "entry_len" or "req_len" when isLong => 0xffffffff,
                "entry_num" or "req_num" when !isLong => 0x110000u << (int)numbers.Below(4),
                _ => null,
            };
            if (field.Value.Memory is not null)
                return CallValue.At(MemorySpec.Plain(SearchMemory.Largest));
            return number is { } huge ? CallValue.Of(huge) : null;
        });
        random = numbers;
    }

    /// <summary>As merged, invalidation has types of its own.</summary>
    private static uint InvalidationOf(uint type) =>
        type switch
        {
            HwptType.IOMMU_HWPT_DATA_VTD_S1 => HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
            HwptType.IOMMU_HWPT_DATA_SELFTEST => HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
            _ => type,
        };
}
