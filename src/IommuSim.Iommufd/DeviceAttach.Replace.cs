using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

// Moving the devices of a group, or a PASID of them, to another hwpt.
internal static partial class DeviceAttach
{
    private const string ReplaceSite = "iommufd_device_do_replace";

    /// <summary>
    /// EINVAL when the device is not attached, EADDRINUSE, ENOMEM, else what the driver returns.
    /// <paramref name="toPut"/> is the old hwpt, with one reference left; null when nothing changed.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_do_replace(), jgg v2 to v7.3.
    private static Errno DoReplace(IommufdDevice idev, uint pasid, HwPagetable hwpt, out HwPagetable? toPut)
    {
        idev.Group.Lock.Lock(ReplaceSite);
        var rc = ReplaceLocked(idev, pasid, hwpt, out toPut);
        idev.Group.Lock.Unlock(ReplaceSite);
        return rc;
    }

    /// <summary>As <see cref="DoReplace"/>; the caller holds the group's lock.</summary>
    private static Errno ReplaceLocked(IommufdDevice idev, uint pasid, HwPagetable hwpt, out HwPagetable? toPut)
    {
        toPut = null;
        var machine = idev.Context.Machine;
        var attach = idev.Group.AttachOf(pasid);
        if (attach is null && !machine.Has(Bug.J4))
            return Errno.EINVAL;
        if (attach?.Has(idev) != true && !machine.Has(Bug.A05))
            return Errno.EINVAL;
        if (attach is not null && ReferenceEquals(attach.Hwpt, hwpt))
            return Errno.OK;
        var rc = attach is null || !machine.Has(Bug.A14) ? Errno.OK : EnforceCoherencyOfAll(attach, hwpt);
        if (rc != Errno.OK)
            return rc;
        var old = machine.Heap.Deref(attach?.Hwpt, ReplaceSite, "igroup->hwpt");
        rc = Move(idev, pasid, attach!, hwpt);
        if (rc == Errno.OK)
            toPut = old;
        return rc;
    }

    private static Errno EnforceCoherencyOfAll(IommufdAttach attach, HwPagetable hwpt)
    {
        foreach (var member in CollectionsMarshal.AsSpan(attach.Devices))
        {
            if (!member.EnforcesCacheCoherency)
                continue;
            var rc = hwpt.Context.Kernel.Spec.Attach.CoherencyOf(hwpt).EnforceCacheCoherency();
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    /// <summary>
    /// Reserves in the new IOAS, moves the domain, unreserves in the old one. A failure takes back what was
    /// reserved, see <see cref="Bug.A10"/> and <see cref="Bug.A04"/>.
    /// </summary>
    private static Errno Move(IommufdDevice idev, uint pasid, IommufdAttach attach, HwPagetable hwpt)
    {
        var machine = idev.Context.Machine;
        var rules = idev.Context.Kernel.Spec.Attach;
        var old = attach.Hwpt!;
        Ioas? oldIoas = null;
        Ioas? newIoas = null;
        if (Reserves(idev, pasid))
        {
            oldIoas = rules.ReservesIn(old);
            newIoas = rules.ReservesIn(hwpt);
        }

        var rc = newIoas is null || ReferenceEquals(oldIoas, newIoas) ? Errno.OK : ReserveForAll(attach, newIoas);
        if (rc == Errno.OK)
            rc = rules.Domains.Prepare(hwpt, idev);
        if (rc != Errno.OK)
        {
            UnreserveAll(attach, Unwinds(machine, oldIoas, newIoas) ? newIoas : null);
            return rc;
        }

        rc = rules.Domains.Replace(hwpt, old, idev, pasid);
        if (rc != Errno.OK)
        {
            if (Unwinds(machine, oldIoas, newIoas))
                UnreserveAll(attach, machine.Has(Bug.A04) ? TakenForTheNew(old) : newIoas);
            return rc;
        }

        if (!ReferenceEquals(oldIoas, newIoas))
            UnreserveAll(attach, machine.Has(Bug.L10) ? newIoas : oldIoas);
        attach.Hwpt = hwpt;
        MoveUsers(attach, old, hwpt);
        return Errno.OK;
    }

    /// <summary>Whether a failed move takes back what is reserved in the new IOAS.</summary>
    private static bool Unwinds(KernelMachine machine, Ioas? oldIoas, Ioas? newIoas) =>
        newIoas is not null && (!ReferenceEquals(oldIoas, newIoas) || machine.Has(Bug.A10));

    /// <summary>
    /// The IOAS in which a failed replace of 6.7 unreserves: it takes the old hwpt for the new one, and for a
    /// paging one. Of a nested hwpt the parent's pointer lies where a paging one has its IOAS.
    /// </summary>
    // Models drivers/iommu/iommufd/device.c:iommufd_device_do_replace(), v6.7; fixed in 6.11.
    private static Ioas? TakenForTheNew(HwPagetable old)
    {
        if (old.Type == ObjectType.HwPagetable)
            return old.Ioas;
        old.Context.Machine.Report(
            ReportKind.SlabOutOfBounds,
            ReplaceSite,
            "a nested hwpt is taken for a paging one: its parent is used as an IOAS"
        );
        return null;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_group_do_replace_reserved_iova(), v6.12.117 and v7.3. Pages
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveUsers(IommufdAttach attach, HwPagetable old, HwPagetable hwpt)
    {
        var devices = attach.Devices.Count;
        for (var i = 0; i < devices; i++)
            hwpt.TakeUser(ReplaceSite);
        for (var i = 1; i < devices; i++)
        {
            var machine = hwpt.Context.Machine;
            machine.WarnOn(old.Users.DecAndTest(machine, ReplaceSite), ReplaceSite, "the old hwpt lost its last user");
        }
    }
}
