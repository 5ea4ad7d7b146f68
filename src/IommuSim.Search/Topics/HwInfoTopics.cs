using IommuSim.Machine.Memory;
using IommuSim.Search.Draw;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Topics;

/// <summary>What a device's IOMMU is like, under the names that this had.</summary>
internal static class HwInfoTopics
{
    public static IoctlTopic[] All { get; } =
    [
        new("IOMMU_GET_HW_INFO")
        {
            Weight = 8,
            Needs = [ObjectNeeds.Device],
            DescribesDevice = true,
            Errnos = [Errno.EOPNOTSUPP, Errno.ENOENT, Errno.ENOMEM],
            Written = ["data_len", "in_data_type"],
            Expect = Expect,
        },
        new("IOMMU_DEVICE_GET_HW_INFO")
        {
            Weight = 8,
            Needs = [ObjectNeeds.Device],
            DescribesDevice = true,
            Written = ["data_len"],
            Expect = Expect,
        },
        new("IOMMU_DEVICE_GET_INFO")
        {
            Weight = 8,
            Needs = [ObjectNeeds.Device],
            DescribesDevice = true,
            Written = ["data_len"],
        },
    ];

    private static Expectation Expect(in IoctlMade call)
    {
        var asksForType = call.Has("in_data_type") && call.Field("flags") == 1;
        if ((call.Field("flags") != 0 && !asksForType) || call.Field("__reserved") != 0)
            return Expectation.Of(Errno.EOPNOTSUPP, "a reserved field is set");
        if (call.Device("dev_id") is not { } device)
            return Expectation.Of(Errno.ENOENT, "there is no such device");
        if (call.Target.IsNoIommu(device.Driver))
            return Expectation.Of(Errno.EOPNOTSUPP, "there is no IOMMU to describe");
        return !asksForType && HasRoom(call.Call, call.Field("data_len"))
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
}
