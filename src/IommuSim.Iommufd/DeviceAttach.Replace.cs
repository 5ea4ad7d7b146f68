using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

public static partial class DeviceAttach
{
    /// <summary>Moves the group to the hwpt; <paramref name="toPut"/> is the old one, with one reference left.</summary>
    // Models iommufd_device_do_replace(), jgg v2 to v6.8. Does not look whether this very device is attached.
    private static Errno DoReplace(IommufdDevice idev, HwPagetable hwpt, out HwPagetable? toPut)
    {
        const string Site = "iommufd_device_do_replace";
        toPut = null;
        var rules = idev.Context.Kernel.Spec.Attach;
        var machine = idev.Context.Machine;
        var igroup = idev.Group;
        igroup.Lock.Lock(Site);
        if (igroup.Hwpt is null && rules.RefusesReplaceOfNothing)
        {
            igroup.Lock.Unlock(Site);
            return Errno.EINVAL;
        }

        if (rules.RefusesReplaceOfUnattached && !igroup.Devices.Contains(idev))
        {
            igroup.Lock.Unlock(Site);
            return Errno.EINVAL;
        }

        if (ReferenceEquals(igroup.Hwpt, hwpt))
        {
            igroup.Lock.Unlock(Site);
            return Errno.OK;
        }

        var rc = EnforceCoherencyOfAll(igroup, hwpt);
        if (rc == Errno.OK)
        {
            var old = machine.Heap.Deref(igroup.Hwpt, Site, "igroup->hwpt");
            rc = MoveGroup(igroup, old, hwpt);
            if (rc == Errno.OK)
            {
                MoveUsers(igroup, old, hwpt, Site);
                PublishAwaited(hwpt);
                toPut = old;
            }
        }

        igroup.Lock.Unlock(Site);
        return rc;
    }

    private static Errno EnforceCoherencyOfAll(IommufdGroup igroup, HwPagetable hwpt)
    {
        var rules = igroup.Context.Kernel.Spec.Attach;
        if (!rules.EnforcesCoherencyAtAttach)
            return Errno.OK;
        foreach (var member in igroup.Devices)
        {
            if (!member.EnforcesCacheCoherency)
                continue;
            var rc = rules.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    /// <summary>
    /// Reserves in the new IOAS, moves the domain, unreserves in the old one. The unwind after a failure
    /// runs even when nothing was reserved because the IOAS is the same; so do the kernel's.
    /// </summary>
    private static Errno MoveGroup(IommufdGroup igroup, HwPagetable old, HwPagetable hwpt)
    {
        var rules = igroup.Context.Kernel.Spec.Attach;
        var newIoas = rules.ReservesIn(hwpt);
        var moves = !ReferenceEquals(newIoas, rules.ReservesIn(old));
        var rc = newIoas is not null && moves ? ReserveForAll(igroup, newIoas) : Errno.OK;
        if (rc == Errno.OK)
            rc = SetupMsi(igroup, hwpt);
        var unwinds = newIoas is not null && (moves || !rules.UnwindsOnlyWhatItReserved);
        if (rc != Errno.OK)
        {
            UnreserveAll(igroup, unwinds ? newIoas : null);
            return rc;
        }

        rc = igroup.Group.Replace(hwpt.Domain!);
        if (rc != Errno.OK)
        {
            UnreserveAll(igroup, unwinds ? rules.UnreservesOnFailure(old, hwpt) : null);
            return rc;
        }

        if (moves)
            UnreserveAll(igroup, rules.ReservesIn(rules.UnreservesOnSuccess(old, hwpt)));
        return Errno.OK;
    }

    private static Errno ReserveForAll(IommufdGroup igroup, Ioas ioas)
    {
        foreach (var member in igroup.Devices)
        {
            var ignored = IommufdGroup.NoSoftwareMsi;
            var rc = ioas.Iopt.EnforceReservedRegions(member.Device, ref ignored);
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    private static void UnreserveAll(IommufdGroup igroup, Ioas? ioas)
    {
        if (ioas is null)
            return;
        foreach (var member in igroup.Devices)
            ioas.Iopt.RemoveReserved(member.Device);
    }

    /// <summary>The new hwpt gets a reference for every device; the old one keeps one for the caller to put.</summary>
    private static void MoveUsers(IommufdGroup igroup, HwPagetable old, HwPagetable hwpt, string site)
    {
        var machine = igroup.Context.Machine;
        igroup.Hwpt = hwpt;
        for (var i = 0; i < igroup.Devices.Count; i++)
            hwpt.TakeUser(site);
        for (var i = 1; i < igroup.Devices.Count; i++)
            machine.WarnOn(old.Users.DecAndTest(machine, site), site, "the old hwpt lost its last user");
    }
}
