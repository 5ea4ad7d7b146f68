using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Tests.Precedence;

/// <summary>Causes that several ioctls have, each with the errno that most of them return.</summary>
internal static class Causes
{
    public static Cause Flags { get; } = new("flags", Errno.EOPNOTSUPP, "flags", 1);

    public static Cause Reserved { get; } = new("reserved", Errno.EOPNOTSUPP, "__reserved", 1);

    public static Cause UnknownDevice { get; } = new("unknown device", Errno.ENOENT, "dev_id", Situation.UnknownId);

    public static Cause IoasAsDevice { get; } = new("device is an ioas", Errno.ENOENT, "dev_id", s => s.Ioas);

    public static Cause UnknownIoas { get; } = new("unknown ioas", Errno.ENOENT, "ioas_id", Situation.UnknownId);

    public static Cause HwptAsIoas { get; } = new("ioas is a hwpt", Errno.ENOENT, "ioas_id", s => s.Auto);

    public static Cause UnknownHwpt { get; } = new("unknown hwpt", Errno.ENOENT, "hwpt_id", Situation.UnknownId);

    public static Cause UnknownObject { get; } = new("unknown id", Errno.ENOENT, "id", Situation.UnknownId);

    public static Cause DeviceAsObject { get; } = new("id is a device", Errno.ENOENT, "id", s => s.Idev);

    public static Cause UnknownPt { get; } = new("unknown pt", Errno.ENOENT, "pt_id", Situation.UnknownId);

    public static Cause DeviceAsPt { get; } = new("pt is a device", Errno.EINVAL, "pt_id", s => s.Idev);

    /// <summary>Of IOMMU_TEST_CMD.</summary>
    public static Cause UnknownOp { get; } = new("unknown op", Errno.EOPNOTSUPP, "op", 77);

    public static Cause NoLength { get; } = new("no length", Errno.EOPNOTSUPP, "data", s => s.Set("data_len", 0));

    public static Cause DataAbsent { get; } =
        new("data absent", Errno.EFAULT, "data", s => s.Set("data_uptr", Situation.AbsentPage));

    /// <summary>Longer than any driver's struct, and not zero at its end.</summary>
    public static Cause DataTooLong { get; } =
        new(
            "data too long",
            Errno.E2BIG,
            "data",
            s =>
            {
                s.Set("data_uptr", s.Program.Memory.Map(UserAddressSpace.PageSize, fill: 0xff));
                s.Set("data_len", 64);
            }
        );

    public static Cause NoMemory { get; } = OutOfMemory("no memory", 1);

    public static Cause NoId { get; } = OutOfMemory("no id", 2);

    public static Cause AnswerReadOnly { get; } =
        new("answer read-only", Errno.EFAULT, "place", s => s.PlaceReadOnly());

    /// <summary>The kernel does not undo what it did when it cannot return the result.</summary>
    public static Cause AnswerReadOnlyKept { get; } = AnswerReadOnly with { LeavesChanges = true };

    /// <summary>The data has this length and stays where it is.</summary>
    public static Cause DataLength(string name, Errno errno, ulong length) =>
        new(name, errno, "data", s => s.Set("data_len", length));

    /// <summary>The nth allocation of the call fails.</summary>
    public static Cause OutOfMemory(string name, int nth) =>
        new(name, Errno.ENOMEM, "memory", s => s.FailAllocation(nth));
}
