using IommuSim.Iommufd;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I7: all attached devices of a group share one hwpt, once each, and the hardware has its domain;
/// without any the group is blocked.
/// </summary>
internal static class GroupRules
{
    public static void Check(IommufdContext context, List<Violation> found)
    {
        foreach (var (_, group) in context.Groups)
        {
            CheckMembers(group, found);
            if (group.Hwpt is null)
            {
                if (group.Devices.Count > 0)
                    found.Add("I7", "attached devices share no hwpt");
                if (!ReferenceEquals(group.Group.Domain, group.Group.BlockingDomain))
                    found.Add("I7", "a group without a hwpt is not blocked");
            }
            else
            {
                CheckHwpt(group, group.Hwpt, found);
            }

            CheckHardware(group, found);
        }
    }

    private static void CheckMembers(IommufdGroup group, List<Violation> found)
    {
        for (var i = 0; i < group.Devices.Count; i++)
        {
            var device = group.Devices[i];
            if (device.Freed)
                found.Add("I2", "a group's list holds a freed device");
            else if (!ReferenceEquals(group.Context.Objects.Find(device.Id), device))
                found.Add("I5", "a group's list holds a device without an id");
            else if (!ReferenceEquals(device.Group, group))
                found.Add("I7", "a group's list holds a device of another");
            if (group.Devices.IndexOf(device) != i)
                found.Add("I9", "a device is on its group's list twice");
        }
    }

    private static void CheckHwpt(IommufdGroup group, HwPagetable hwpt, List<Violation> found)
    {
        if (hwpt.Freed)
            found.Add("I2", "a group's hwpt was freed");
        else if (!ReferenceEquals(group.Context.Objects.Find(hwpt.Id), hwpt))
            found.Add("I5", "a group's hwpt has no id");
        if (group.Devices.Count == 0)
            found.Add("I7", "a group without attached devices has a hwpt");
        if (!ReferenceEquals(group.Group.Domain, hwpt.Domain))
            found.Add("I7", "a group's domain is not that of its hwpt");
    }

    private static void CheckHardware(IommufdGroup group, List<Violation> found)
    {
        foreach (var device in group.Group.Devices)
        {
            if (group.Hwpt is not null && !ReferenceEquals(device.Attached, group.Group.Domain))
                found.Add("I7", "a device does not have the domain of its group");
        }
    }
}
