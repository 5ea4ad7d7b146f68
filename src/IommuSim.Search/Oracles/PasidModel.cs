using IommuSim.Search.Programs;
using IommuSim.Uapi;

namespace IommuSim.Search.Oracles;

/// <summary>
/// What the operations of the selftest on PASIDs return and change. Its devices are alone in their groups. PASID 0 is
/// the device itself. A PASID goes only to a hwpt that was allocated for PASIDs, and only while the device itself is
/// on none of another kind; automatic hwpts are of another kind.
/// </summary>
internal static class PasidModel
{
    /// <summary>C's IOMMU_TEST_PASID_RESERVED: the mock refuses every second attach by it.</summary>
    private const uint Reserved = 1024;

    /// <summary>How many a mock device has, if any.</summary>
    private const uint Count = 1u << 20;

    /// <summary>C's MOCK_FLAGS_DEVICE_PASID.</summary>
    private const uint PasidFlag = 1u << 2;

    private const string NoPageTable = "the id is no page table";

    public static bool HasPasids(uint deviceFlags) => (deviceFlags & PasidFlag) != 0;

    public static Expectation ExpectAttach(in IoctlMade call)
    {
        if (Lookup(call, out var group, out var target) is { Errno: not null } refused)
            return refused;
        var pasid = call.Field("pasid");
        if (group.AttachedBy(pasid) is not null)
            return Expectation.Of(Errno.EBUSY, "something is attached by the PASID");
        return pasid == 0 ? ExpectAllForPasids(group, target) : ExpectHwpt(group, pasid, target);
    }

    public static Expectation ExpectReplace(in IoctlMade call)
    {
        if (Lookup(call, out var group, out var target) is { Errno: not null } refused)
            return refused;
        var pasid = call.Field("pasid");
        if (group.AttachedBy(pasid) is not { } current)
            return Refused(target, "nothing is attached by the PASID");
        if (ReferenceEquals(current, target))
            return Expectation.Of(Errno.OK, "it is there already");
        if (pasid != 0 && target.Kind == ObjectKind.Ioas)
            return Refused(target, "the target is not for PASIDs");
        return pasid == 0 ? ExpectAllForPasids(group, target) : ExpectHwpt(group, pasid, target);
    }

    public static Expectation ExpectDetach(in IoctlMade call) =>
        call.Find("id") is { Kind: ObjectKind.Stdev }
            ? Expectation.Of(Errno.OK, "a detach cannot fail")
            : Expectation.Of(Errno.ENOENT, "there is no such device");

    public static Expectation ExpectCheck(in IoctlMade call)
    {
        if (call.Find("id") is not { Kind: ObjectKind.Stdev } stdev)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        var attached = stdev.Group!.AttachedBy(call.Field("pasid"));
        if (call.Field("hwpt_id") == 0)
            return attached is null
                ? Expectation.Of(Errno.OK, "nothing is attached by the PASID")
                : Expectation.Of(Errno.EINVAL, "something is attached by the PASID");
        if (call.Find("hwpt_id") is not { } hwpt)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        return ReferenceEquals(attached, hwpt)
            ? Expectation.Of(Errno.OK, "that is attached by the PASID")
            : Expectation.Of(Errno.EINVAL, "that is not attached by the PASID");
    }

    /// <summary>A move of the device itself, on whatever the ids name.</summary>
    public static Expectation ExpectMoved(ModelGroup group, ModelObject target) =>
        group.Hwpt is null ? Refused(target, "the device is not attached") : ExpectAllForPasids(group, target);

    public static string? Attach(in IoctlMade call)
    {
        var (device, pasid, got) = (call.Find("id")!.Device!, call.Field("pasid"), Got(call));
        if (pasid == 0)
            return call.Context.Move(device, call.Field("pt_id"), got);
        if (got != call.Field("pt_id"))
            return "returns another hwpt than it was given";
        ModelContext.AttachPasid(device.Group!, pasid, call.Find("pt_id")!);
        NoteReserved(device, pasid, true);
        return null;
    }

    public static string? Replace(in IoctlMade call)
    {
        var (device, pasid, got) = (call.Find("id")!.Device!, call.Field("pasid"), Got(call));
        if (pasid == 0)
            return call.Context.Move(device, call.Field("pt_id"), got);
        if (got != call.Field("pt_id"))
            return "returns another hwpt than it was given";
        var hwpt = call.Find("pt_id")!;
        if (ReferenceEquals(device.Group!.AttachedBy(pasid), hwpt))
            return null;
        call.Context.DetachPasid(device.Group, pasid);
        ModelContext.AttachPasid(device.Group, pasid, hwpt);
        NoteReserved(device, pasid, true);
        return null;
    }

    public static string? Detach(in IoctlMade call)
    {
        var (device, pasid) = (call.Find("id")!.Device!, call.Field("pasid"));
        if (pasid == 0)
        {
            call.Context.Detach(device);
            return null;
        }

        if (device.Group!.AttachedBy(pasid) is not null)
            NoteReserved(device, pasid, false);
        call.Context.DetachPasid(device.Group, pasid);
        return null;
    }

    /// <summary>What a refused attach or replace leaves in the mock.</summary>
    public static void Failed(in IoctlMade call, Errno errno)
    {
        if (call.Find("id") is not { Device: { } device })
            return;
        if (call.MetFailure || errno == Errno.EFAULT)
            NoteReserved(device, call.Field("pasid"), null);
        else if (errno == Errno.ENOMEM)
            NoteReserved(device, call.Field("pasid"), false);
    }

    /// <summary>A replace allocates the hwpt of an IOAS first, and what the IOAS maps may keep it from that.</summary>
    private static Expectation Refused(ModelObject target, string why) =>
        target.Kind == ObjectKind.Ioas ? Expectation.Failure(why) : Expectation.Of(Errno.EINVAL, why);

    private static Expectation Lookup(in IoctlMade call, out ModelGroup group, out ModelObject target)
    {
        (group, target) = (null!, null!);
        if (call.Find("id") is not { Kind: ObjectKind.Stdev } stdev)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (call.Find("pt_id") is not { } found)
            return Expectation.Of(Errno.ENOENT, "there is no such id");
        (group, target) = (stdev.Group!, found);
        return found.IsHwpt || found.Kind == ObjectKind.Ioas
            ? Expectation.None
            : Expectation.Of(Errno.EINVAL, NoPageTable);
    }

    /// <summary>With PASIDs attached the device itself goes nowhere but to hwpts for PASIDs.</summary>
    private static Expectation ExpectAllForPasids(ModelGroup group, ModelObject target) =>
        group.Pasids.Count > 0 && !target.IsForPasids
            ? Refused(target, "PASIDs are attached, and the target is not for PASIDs")
            : Expectation.None;

    private static Expectation ExpectHwpt(ModelGroup group, uint pasid, ModelObject target)
    {
        if (Refuses(group, target) is { } why)
            return Expectation.Of(Errno.EINVAL, why);
        if (target.Driver == "amd")
            return Expectation.Of(Errno.EOPNOTSUPP, "AMD's paging domains are for no PASID");
        if (target.Driver != "mock")
            return Expectation.Of(Errno.EINVAL, "the hwpt is of another driver");
        if (pasid >= (group.Hardware[0].HasPasids ? Count : 1))
            return Expectation.Of(Errno.EINVAL, "the device has no such PASID");
        if (pasid != Reserved || group.Hardware[0] is not { HasPasids: true } hardware)
            return Expectation.Of(Errno.OK, "nothing is wrong with it");
        return hardware.RefusesReserved switch
        {
            true => Expectation.Of(Errno.ENOMEM, "the mock refuses every second attach by the PASID"),
            false => Expectation.Of(Errno.OK, "nothing is wrong with it"),
            _ => Expectation.None,
        };
    }

    private static string? Refuses(ModelGroup group, ModelObject target) =>
        !target.IsForPasids ? "the target is not for PASIDs"
        : group.Hwpt is { IsForPasids: false } ? "the device itself is on a hwpt that is not for PASIDs"
        : null;

    private static void NoteReserved(ModelObject device, uint pasid, bool? refusesNext)
    {
        if (pasid == Reserved && device.Hardware is { HasPasids: true } hardware)
            hardware.RefusesReserved = refusesNext;
    }

    /// <summary>The hwpt that the call returned.</summary>
    private static uint Got(in IoctlMade call) =>
        BitConverter.ToUInt32(call.Call.Argument!.Head[call.Call.Plan!.Fields["pt_id"].Offset..]);
}
