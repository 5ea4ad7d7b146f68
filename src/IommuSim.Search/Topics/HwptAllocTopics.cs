using IommuSim.Iommu;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Uapi;

namespace IommuSim.Search.Topics;

/// <summary>hw_pagetables: paging, nested on a parent or on a vIOMMU, with page faults, with PASIDs.</summary>
internal static class HwptAllocTopics
{
    public const string Alloc = "IOMMU_HWPT_ALLOC";

    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint FaultIdValid = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>Bytes; no driver's allocation data is longer than a page.</summary>
    private const ulong LongestData = 1UL << 20;

    public static IoctlTopic[] All { get; } =
    [
        new(Alloc)
        {
            Weight = 40,
            Needs = [ObjectNeeds.Device],
            Fill = Fill,
            Next = After,
            Errnos = [Errno.ENOENT, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENOMEM, Errno.EADDRINUSE],
            ReturnsDriverErrno = true,
            Work = (InvalidateTopics.MostAccesses, LongestData),
            Expect = static (in call) =>
                call.Target.Spec.UserData == UserDataConvention.Merged ? ExpectMerged(call) : ExpectEarly(call),
            Make = Make,
        },
    ];

    private static void Fill(FieldDraft draft, SplitMix random)
    {
        if (!draft.Has("data_type") && !draft.Has("hwpt_type"))
        {
            draft.SetIds();
            return;
        }

        if (random.Below(2) == 0 && PickParent(draft, random) is { } parent)
        {
            FillNested(draft, parent, random);
            return;
        }

        // Then the hwpt is for the queue, and for a device that raises page faults.
        var device = draft.State.Last is { Verb: FaultQueueTopics.Alloc }
            ? draft.Pick(ObjectKind.Device, ViommuTopics.IsMock)
            : draft.Pick(ObjectKind.Device);
        var flags = random.Below(8) switch
        {
            < 5 => NestParent,
            5 => HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,
            _ => 0u,
        };
        FillPaging(draft, device, flags, random);
        FillParentData(draft, device, random);
    }

    /// <summary>A paging hwpt that others can be nested on.</summary>
    public static void FillParent(FieldDraft draft, KnownObject? device, SplitMix random)
    {
        if (!draft.Has("data_type") && !draft.Has("hwpt_type"))
        {
            draft.SetIds();
            return;
        }

        FillPaging(draft, device, NestParent, random);
        if (draft.Target.Spec.UserData < UserDataConvention.UserPointer)
            FillParentData(draft, device, random);
    }

    /// <summary>A paging hwpt on this IOAS that notes which pages are written to.</summary>
    public static void FillTracked(FieldDraft draft, KnownObject? device, CallValue? ioas, SplitMix random)
    {
        draft.Set("dev_id", device?.Value ?? draft.Id(ObjectKind.Device));
        draft.Set("pt_id", ioas ?? draft.Id(ObjectKind.Ioas));
        draft.Set("flags", HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING | (random.OneIn(4) ? NestParent : 0));
    }

    private static void FillPaging(FieldDraft draft, KnownObject? device, uint flags, SplitMix random)
    {
        draft.Set("dev_id", device?.Value ?? draft.Id(ObjectKind.Device));
        draft.Set("pt_id", draft.Id(ObjectKind.Ioas));
        // Earlier kernels refuse any flags.
        if (draft.Target.Spec.UserData >= UserDataConvention.UserPointer)
            draft.Set("flags", AddFaults(draft, flags, random));
    }

    /// <summary>A nested hwpt on a parent that there is; null without one.</summary>
    public static Call? AllocNested(int label, int file, IoctlGenerator ioctls) =>
        ioctls.IfAny(
            Alloc,
            label,
            file,
            static (draft, random) =>
            {
                if (PickParent(draft, random) is { } parent)
                    FillNested(draft, parent, random);
                else
                    Fill(draft, random);
            }
        );

    private static void FillNested(FieldDraft draft, KnownObject parent, SplitMix random)
    {
        var driver = parent.Driver;
        var device = random.OneIn(8)
            ? draft.Pick(ObjectKind.Device)
            : draft.Pick(ObjectKind.Device, known => known.Driver == driver);
        draft.Set("dev_id", device?.Value ?? draft.Id(ObjectKind.Device));
        draft.Set("pt_id", random.OneIn(12) ? draft.Id(ObjectKind.Ioas) : parent.Value);
        if (draft.Has("fault_id"))
            draft.Set("flags", AddFaults(draft, 0, random));
        var type = draft.Data.TypeFor(device, isAlloc: true, random);
        draft.Data.Fill(draft, type, isAlloc: true, isParent: false);
    }

    private static KnownObject? PickParent(FieldDraft draft, SplitMix random) =>
        draft.Target.HasViommus && random.Below(2) == 0 && draft.Pick(ObjectKind.Viommu) is { } viommu
            ? viommu
            : draft.Pick(ObjectKind.Paging, static hwpt => hwpt.IsParent);

    /// <summary>
    /// From 6.12 on a hwpt may have a queue for page faults, which a parent may not; 7.3's may be for PASIDs.
    /// </summary>
    private static uint AddFaults(FieldDraft draft, uint flags, SplitMix random)
    {
        if (!draft.Has("fault_id"))
            return flags;
        if (random.OneIn(8))
            flags |= Pasid;
        if (random.Below(2) != 0 || draft.Pick(ObjectKind.FaultQueue) is not { } queue)
            return flags;
        var id = random.OneIn(12) ? draft.Id(ObjectKind.FaultQueue) : queue.Value;
        draft.Set("fault_id", id);
        return random.OneIn(12) ? flags : (flags & ~NestParent) | FaultIdValid;
    }

    /// <summary>Until v3 a paging hwpt has a type as well, and what some can be a parent of depends on it.</summary>
    private static void FillParentData(FieldDraft draft, KnownObject? device, SplitMix random)
    {
        if (random.Below(3) == 0)
            return;
        var type = draft.Data.TypeFor(device, isAlloc: true, random);
        // Data with an s2vmid can ask for a page table that others are nested on.
        if (draft.Data.WellFormed(type, isAlloc: true, isParent: true)?.Layout?.Find("s2vmid") is null)
        {
            if (random.Below(3) != 0)
                return;
        }

        draft.Data.Fill(draft, type, isAlloc: true, isParent: true);
    }

    private static string? After(KnownObject? made, DrawState state) =>
        made is null ? null
        : made.IsTracked && state.Random.Below(2) == 0 ? DirtyTrackingTopics.Set
        : made is { Kind: ObjectKind.Paging, IsParent: true } ? ViommuTopics.Alloc
        : made.Driver == "mock" && (made.HasQueue || state.Random.Below(2) == 0) ? MockDeviceTopics.Move
        : null;

    private static ModelObject Make(in IoctlMade call)
    {
        var below = call.Find("pt_id");
        var hasQueue = (call.Field("flags") & FaultIdValid) != 0 && call.Has("fault_id");
        return new ModelObject(
            below is { IsHwpt: true } or { Kind: ObjectKind.Viommu } ? ObjectKind.Nested : ObjectKind.Paging,
            call.Returned("hwpt")
        )
        {
            Below = below,
            Driver = call.Find("dev_id")?.Driver ?? "",
            IsParent = (call.Field("flags") & NestParent) != 0,
            IsForPasids = (call.Field("flags") & Pasid) != 0,
            Also = hasQueue ? call.Find("fault_id") : null,
        };
    }

    private static Expectation ExpectMerged(in IoctlMade call)
    {
        if (call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if ((call.Field("data_type") == 0) != (call.Field("data_len") == 0))
            return Expectation.Of(Errno.EINVAL, "type and data go together");
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        switch (call.Find("pt_id"))
        {
            case null:
                return Expectation.Of(Errno.EINVAL, "there is no such page table");
            case { Kind: ObjectKind.Paging or ObjectKind.Viommu } parent:
                return ExpectNested(call, device, parent);
            case { Kind: not ObjectKind.Ioas }:
                return Expectation.Of(Errno.EINVAL, "nothing can be made of that");
            case var _ when call.Field("data_len") != 0 && !TakesData(call.Target, device):
                return Expectation.Failure("the driver takes no data");
            case var _ when NamesNoQueue(call):
                return Expectation.Failure("there is no such fault queue");
            default:
                return ExpectFlags(call);
        }
    }

    private static Expectation ExpectFlags(in IoctlMade call)
    {
        const uint Before612 = NestParent | HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        var flags = call.Field("flags");
        if ((flags & ~(Before612 | NestedFlags(call.Target))) != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there is no such flag");
        return (flags & (NestParent | FaultIdValid)) == (NestParent | FaultIdValid)
            ? Expectation.Of(Errno.EOPNOTSUPP, "a nesting parent has no fault queue")
            : Expectation.None;
    }

    /// <summary>Of a nested hwpt: page faults, and PASIDs.</summary>
    private static uint NestedFlags(SearchTarget target) =>
        target.HasViommus ? FaultIdValid | Pasid
        : target.HasHwptFaults ? FaultIdValid
        : 0;

    private static bool NamesNoQueue(in IoctlMade call) =>
        (call.Field("flags") & FaultIdValid) != 0
        && call.Has("fault_id")
        && call.Find("fault_id") is not { Kind: ObjectKind.FaultQueue };

    private static Expectation ExpectNested(in IoctlMade call, ModelObject device, ModelObject parent)
    {
        if ((call.Field("flags") & ~NestedFlags(call.Target)) != 0)
            return Expectation.Failure("a nested hwpt has no such flags");
        if (NamesNoQueue(call))
            return Expectation.Failure("there is no such fault queue");
        if (call.Field("data_type") == 0)
            return Expectation.Failure("a nested hwpt needs a type");
        if (parent.IsAutomatic)
            return Expectation.Failure("an automatic hwpt is no parent");
        return parent.Driver != device.Driver
            ? Expectation.Failure("the parent is of another driver")
            : ExpectLength(call, device);
    }

    /// <summary>Before v4: no flags, and what is wrong with the target is EINVAL.</summary>
    private static Expectation ExpectEarly(in IoctlMade call)
    {
        if (call.Target.Spec.UserData is UserDataConvention.UserPointer)
            return Expectation.None;
        if (call.Field("flags") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags");
        if (call.Field("__reserved") != 0)
            return Expectation.None;
        if (call.Field("data_type") == 0 && call.Field("data_len") != 0)
            return Expectation.Failure("there is data and no type");
        if (call.Field("data_type") != 0 && call.Field("data_len") == 0)
            return Expectation.None;
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        var below = call.Find("pt_id");
        if (below is not ({ Kind: ObjectKind.Ioas } or { Kind: ObjectKind.Paging, IsAutomatic: false }))
            return Expectation.Failure("nothing can be made of that");
        if (call.Field("data_type") == 0)
            return Expectation.None;
        if (below.IsHwpt && below.Driver != device.Driver)
            return Expectation.Failure("the parent is of another driver");
        return TakesData(call.Target, device)
            ? ExpectLength(call, device)
            : Expectation.Failure("the driver takes no data");
    }

    private static DriverSpec? DriverOf(SearchTarget target, ModelObject device) =>
        target.Spec.Drivers.FirstOrDefault(d => d.Name == device.Driver);

    /// <summary>A driver without the op takes none.</summary>
    private static bool TakesData(SearchTarget target, ModelObject device) =>
        DriverOf(target, device) is not { Ops.DomainAllocUser: null };

    /// <summary>The data of a type that the device's driver has must be there whole.</summary>
    private static Expectation ExpectLength(in IoctlMade call, ModelObject device)
    {
        var (type, length) = (call.Field("data_type"), call.Field("data_len"));
        foreach (var row in DriverOf(call.Target, device)?.Ops.HwptTypes ?? [])
        {
            if (row.Type == type && length < Shortest(row, call.Target))
                return Expectation.Failure("the data of the type is longer");
        }

        return Expectation.None;
    }

    /// <summary>What a struct had when it was first released is enough for ever.</summary>
    private static uint Shortest(HwptTypeRow row, SearchTarget target) =>
        target.HasViommus && row.Type == HwptType.IOMMU_HWPT_DATA_SELFTEST ? sizeof(uint) : (uint)row.AllocSize;
}
