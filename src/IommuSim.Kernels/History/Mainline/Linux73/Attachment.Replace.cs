using IommuSim.Iommufd;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Mainline.Linux73;

// Moving the devices of a group, or a PASID of them, to another hwpt.
internal sealed partial class Attachment
{
    /// <summary>
    /// EINVAL when the device is not attached, EADDRINUSE, ENOMEM, else what the driver says.
    /// <paramref name="toPut"/> is the old hwpt, with one reference left; null when nothing changed.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_do_replace(), v6.12.117 and v7.3.
    public Errno Replace(IommufdDevice idev, uint pasid, HwPagetable hwpt, out HwPagetable? toPut)
    {
        const string Site = "iommufd_device_do_replace";
        idev.Group.Lock.Lock(Site);
        var rc = ReplaceLocked(idev, pasid, hwpt, out toPut);
        idev.Group.Lock.Unlock(Site);
        return rc;
    }

    /// <summary>The part of a replace under the group's lock.</summary>
    internal Errno ReplaceLocked(IommufdDevice idev, uint pasid, HwPagetable hwpt, out HwPagetable? toPut)
    {
        toPut = null;
        if (idev.Group.AttachOf(pasid) is not { } attach || !attach.Devices.Contains(idev))
            return Errno.EINVAL;
        var old = attach.Hwpt!;
        if (ReferenceEquals(old, hwpt))
            return Errno.OK;
        var rc = Move(idev, pasid, attach, hwpt);
        if (rc == Errno.OK)
            toPut = old;
        return rc;
    }

    /// <summary>
    /// A failure takes back the reservations in the new IOAS, even those that were there before because it is
    /// the old one too; see <see cref="AttachRules.UnwindsOnlyWhatItReserved"/>.
    /// </summary>
    private Errno Move(IommufdDevice idev, uint pasid, IommufdAttach attach, HwPagetable hwpt)
    {
        var old = attach.Hwpt!;
        var oldIoas = pasid == NoPasid ? IoasOf(old) : null;
        var newIoas = pasid == NoPasid ? IoasOf(hwpt) : null;
        var moves = !ReferenceEquals(oldIoas, newIoas);
        var rc = moves ? ReserveForAll(attach, newIoas!) : Errno.OK;
        if (rc != Errno.OK)
        {
            UnreserveAll(attach, newIoas);
            return rc;
        }

        rc = domains.Replace(idev, pasid, hwpt, old);
        if (rc != Errno.OK)
        {
            if (moves || !idev.Context.Kernel.Spec.Attach.UnwindsOnlyWhatItReserved)
                UnreserveAll(attach, newIoas);
            return rc;
        }

        if (moves)
            UnreserveAll(attach, oldIoas);
        attach.Hwpt = hwpt;
        MoveUsers(attach, old, hwpt);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_group_do_replace_reserved_iova(), v6.12.117 and v7.3; pages
    // for software MSI are not modelled, so there are none to install.
    private static Errno ReserveForAll(IommufdAttach attach, Ioas ioas)
    {
        foreach (var member in attach.Devices)
        {
            var ignored = IommufdGroup.NoSoftwareMsi;
            var rc = ioas.Iopt.EnforceReservedRegions(member.Device, ref ignored);
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_group_remove_reserved_iova(), v6.12.117 and v7.3.
    private static void UnreserveAll(IommufdAttach attach, Ioas? ioas)
    {
        if (ioas is null)
            return;
        foreach (var member in attach.Devices)
            ioas.Iopt.RemoveReserved(member.Device);
    }

    /// <summary>The new hwpt gets a reference for every device; the old one keeps one for the caller to put.</summary>
    private static void MoveUsers(IommufdAttach attach, HwPagetable old, HwPagetable hwpt)
    {
        const string Site = "iommufd_device_do_replace";
        var machine = hwpt.Context.Machine;
        for (var i = 0; i < attach.Devices.Count; i++)
            hwpt.TakeUser(Site);
        for (var i = 1; i < attach.Devices.Count; i++)
        {
            machine.WarnOn(old.Users.DecAndTest(machine, Site), Site, "the old hwpt lost its last user");
        }
    }
}
