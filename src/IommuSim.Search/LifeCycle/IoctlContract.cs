using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Search.Fuzz;
using IommuSim.Uapi;

namespace IommuSim.Search.LifeCycle;

/// <summary>
/// Which mistake in an ioctl's arguments has which errno, in the documented order. Where the
/// driver has the last word, nothing is expected.
/// </summary>
internal sealed class IoctlContract(FuzzTarget target)
{
    private const uint MaxEntries = 1 << 19;
    private const uint MaxEntryLength = 4096;

    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint FaultIdValid = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    private readonly DataContract _data = new(target);

    /// <summary>Of a nested hwpt: page faults, and PASIDs.</summary>
    private uint NestedFlags =>
        target.HasViommus ? FaultIdValid | HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID
        : target.HasHwptFaults ? FaultIdValid
        : 0;

    private bool IsMerged => target.Spec.UserData == UserDataConvention.Merged;

    public Expectation Expect(PreparedCall made, ReadOnlySpan<byte> argument, ModelContext context)
    {
        if (ExpectStruct(made, argument) is { } early)
            return early;
        if (made.Call.Place != StructPlace.Good)
            return Expectation.None;
        var reader = new ArgumentReader(made, argument);
        return made.Plan!.Verb switch
        {
            "IOMMU_IOAS_ALLOC" or "IOMMU_FAULT_QUEUE_ALLOC" => reader.Field("flags") != 0
                ? Expectation.Of(Errno.EOPNOTSUPP, "there are no flags")
                : Expectation.Of(Errno.OK, "nothing is wrong with it"),
            "IOMMU_DESTROY" => ExpectDestroy(context.Find(reader.Field("id"))),
            "IOMMU_IOAS_IOVA_RANGES" => ExpectRanges(reader, context),
            "IOMMU_HWPT_ALLOC" => ExpectAlloc(reader, context),
            "IOMMU_HWPT_INVALIDATE" => ExpectInvalidate(made, reader, context),
            "IOMMU_GET_HW_INFO" or "IOMMU_DEVICE_GET_HW_INFO" => ExpectHwInfo(reader, context, made),
            "IOMMU_TEST_OP_MOCK_DOMAIN" => ExpectMock(reader.Field("id"), context),
            "IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE" => ExpectMockReplace(reader, context),
            "IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS" => (reader.Field("dev_flags") & ~7u) != 0
                ? Expectation.Of(Errno.EINVAL, "there is no such flag of a device")
                : Expectation.None,
            _ => GuestContract.Expect(made.Plan.Verb, reader, context),
        };
    }

    /// <summary>What the struct's place and size decide before anything else; null for nothing.</summary>
    private static Expectation? ExpectStruct(PreparedCall made, ReadOnlySpan<byte> argument)
    {
        if (made.Argument is null || made.Call.Place == StructPlace.Unmapped)
            return Expectation.Of(Errno.EFAULT, "the struct is not there");
        var plan = made.Plan!;
        var min = plan.IsTestOp ? plan.Size - sizeof(uint) : plan.Layout.MinSize;
        if (made.UserSize < (ulong)min)
            return Expectation.Of(Errno.EINVAL, "the struct is too short");
        var known = argument.Length > plan.Size ? argument[plan.Size] : 0;
        return made.UserSize > (ulong)plan.Size && known != 0
            ? Expectation.Of(Errno.E2BIG, "the struct has a tail that is not zero")
            : null;
    }

    private static Expectation ExpectDestroy(ModelObject? obj)
    {
        if (obj is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        return obj.Referrers > 0
            ? Expectation.Of(Errno.EBUSY, "it is in use")
            : Expectation.Of(Errno.OK, "nobody uses it");
    }

    private static Expectation ExpectRanges(ArgumentReader reader, ModelContext context)
    {
        if (reader.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        return context.Find(reader.Field("ioas_id")) is not { Kind: ModelKind.Ioas }
            ? Expectation.Of(Errno.ENOENT, "there is no such IOAS")
            : Expectation.None;
    }

    private Expectation ExpectAlloc(ArgumentReader reader, ModelContext context)
    {
        var setsReserved = reader.Field("__reserved") != 0;
        if (IsMerged && setsReserved)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (!IsMerged)
            return ExpectEarlyAlloc(reader, context);
        if ((reader.Field("data_type") == 0) != (reader.Field("data_len") == 0))
            return Expectation.Of(Errno.EINVAL, "type and data go together");
        if (context.Find(reader.Field("dev_id")) is not { Kind: ModelKind.Device } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        switch (context.Find(reader.Field("pt_id")))
        {
            case null:
                return Expectation.Of(Errno.EINVAL, "there is no such page table");
            case { Kind: ModelKind.Paging or ModelKind.Viommu } parent:
                return ExpectNested(reader, device, parent, context);
            case { Kind: not ModelKind.Ioas }:
                return Expectation.Of(Errno.EINVAL, "nothing can be made of that");
            case var _ when reader.Field("data_len") != 0 && !_data.TakesData(device):
                return Expectation.Failure("the driver takes no data");
            case var _ when NamesNoQueue(reader, context):
                return Expectation.Failure("there is no such fault queue");
            default:
                return ExpectFlags(reader.Field("flags"));
        }
    }

    private Expectation ExpectFlags(uint flags)
    {
        if (
            (
                flags
                & ~(
                    target.HasViommus ? 15u
                    : target.HasHwptFaults ? 7u
                    : 3u
                )
            ) != 0
        )
            return Expectation.Of(Errno.EOPNOTSUPP, "there is no such flag");
        return (flags & (NestParent | FaultIdValid)) == (NestParent | FaultIdValid)
            ? Expectation.Of(Errno.EOPNOTSUPP, "a nesting parent has no fault queue")
            : Expectation.None;
    }

    private static bool NamesNoQueue(ArgumentReader reader, ModelContext context) =>
        (reader.Field("flags") & FaultIdValid) != 0
        && reader.Has("fault_id")
        && context.Find(reader.Field("fault_id")) is not { Kind: ModelKind.FaultQueue };

    private Expectation ExpectNested(
        ArgumentReader reader,
        ModelObject device,
        ModelObject parent,
        ModelContext context
    )
    {
        if ((reader.Field("flags") & ~NestedFlags) != 0)
            return Expectation.Failure("a nested hwpt has no such flags");
        if (NamesNoQueue(reader, context))
            return Expectation.Failure("there is no such fault queue");
        if (reader.Field("data_type") == 0)
            return Expectation.Failure("a nested hwpt needs a type");
        if (parent.IsAutomatic)
            return Expectation.Failure("an automatic hwpt is no parent");
        if (parent.Driver != device.Driver)
            return Expectation.Failure("the parent is of another driver");
        return _data.ExpectLength(device, reader.Field("data_type"), reader.Field("data_len"));
    }

    /// <summary>Before v4: no flags, and what is wrong with the target is EINVAL.</summary>
    private Expectation ExpectEarlyAlloc(ArgumentReader reader, ModelContext context)
    {
        if (target.Spec.UserData is UserDataConvention.UserPointer)
            return Expectation.None;
        if (reader.Field("flags") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "there are no flags");
        if (reader.Field("__reserved") != 0)
            return Expectation.None;
        if (reader.Field("data_type") == 0 && reader.Field("data_len") != 0)
            return Expectation.Failure("there is data and no type");
        if (reader.Field("data_type") != 0 && reader.Field("data_len") == 0)
            return Expectation.None;
        if (context.Find(reader.Field("dev_id")) is not { Kind: ModelKind.Device } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        var below = context.Find(reader.Field("pt_id"));
        if (below is not ({ Kind: ModelKind.Ioas } or { Kind: ModelKind.Paging, IsAutomatic: false }))
            return Expectation.Failure("nothing can be made of that");
        if (reader.Field("data_type") == 0)
            return Expectation.None;
        if (below.IsHwpt && below.Driver != device.Driver)
            return Expectation.Failure("the parent is of another driver");
        return _data.TakesData(device)
            ? _data.ExpectLength(device, reader.Field("data_type"), reader.Field("data_len"))
            : Expectation.Failure("the driver takes no data");
    }

    private Expectation ExpectInvalidate(PreparedCall made, ArgumentReader reader, ModelContext context)
    {
        if (!IsMerged)
            return _data.ExpectEarlyInvalidation(made, reader, context);
        if (reader.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        var count = reader.Field("entry_num");
        if (count != 0 && (reader.Wide("data_uptr") == 0 || reader.Field("entry_len") == 0))
            return Expectation.Of(Errno.EINVAL, "there are entries and no data");
        if (count != 0 && (count > MaxEntries || reader.Field("entry_len") > MaxEntryLength))
            return Expectation.Of(Errno.EINVAL, "there is a limit to entries and their length");
        return context.Find(reader.Field("hwpt_id")) switch
        {
            { Kind: ModelKind.Nested } => _data.ExpectEntries(made, count),
            { Kind: ModelKind.Viommu } => _data.ExpectEntries(made, count),
            not null when target.HasViommus => Expectation.Of(Errno.EINVAL, "the object has no caches"),
            _ => Expectation.Of(Errno.ENOENT, "there is no such nested hwpt"),
        };
    }

    private static Expectation ExpectHwInfo(ArgumentReader reader, ModelContext context, PreparedCall made)
    {
        var asksForType = reader.Has("in_data_type") && reader.Field("flags") == 1;
        if ((reader.Field("flags") != 0 && !asksForType) || reader.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (context.Find(reader.Field("dev_id")) is not { Kind: ModelKind.Device })
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        return !asksForType && HasRoom(made, reader.Field("data_len"))
            ? Expectation.Of(Errno.OK, "every device can be described")
            : Expectation.None;
    }

    /// <summary>Whether the buffer of the call has the length that it says.</summary>
    private static bool HasRoom(PreparedCall made, uint length)
    {
        if (length == 0)
            return true;
        foreach (var (_, _, memory) in made.Passed!)
        {
            if (memory.Access == PageAccess.ReadWrite && memory.Size >= length)
                return true;
        }

        return false;
    }

    /// <summary>The device is bound before the target is looked up, and so can be found itself.</summary>
    private static Expectation ExpectMock(uint id, ModelContext context)
    {
        var obj = context.Find(id);
        if (id == context.NextId(1))
            return Expectation.Of(Errno.EINVAL, "the id is of the device itself");
        if (obj is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        return obj.IsHwpt || obj.Kind == ModelKind.Ioas
            ? Expectation.None
            : Expectation.Of(Errno.EINVAL, "the id is no page table");
    }

    private static Expectation ExpectMockReplace(ArgumentReader reader, ModelContext context)
    {
        if (context.Find(reader.Field("id")) is not { Kind: ModelKind.Stdev } stdev)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        var obj = context.Find(reader.Field("pt_id"));
        if (obj is null)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        if (!obj.IsHwpt && obj.Kind != ModelKind.Ioas)
            return Expectation.Of(Errno.EINVAL, "the id is no page table");
        return ReferenceEquals(stdev.Group!.Hwpt, obj)
            ? Expectation.Of(Errno.OK, "it is there already")
            : Expectation.None;
    }
}
