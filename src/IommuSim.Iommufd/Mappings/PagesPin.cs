using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Pages that accesses hold, and the lock by which the kernel itself keeps user space from unmapping their area.
/// Models drivers/iommu/iommufd/pages.c.
/// </summary>
internal static class PagesPin
{
    /// <summary>EPERM to write to pages that are not writable, EFAULT, ENOMEM.</summary>
    // Models iopt_area_add_access(), v7.3; before it no area is locked.
    public static Errno Add(KernelMachine machine, IoptArea area, ulong first, ulong last, bool writes, bool locks)
    {
        const string Site = "iopt_area_add_access";
        var pages = area.Pages!;
        if (writes && !pages.IsWritable)
            return Errno.EPERM;
        if (pages.IsBuffer && !machine.Has(Bug.C12))
            return Errno.EINVAL;
        if (machine.Has(Bug.C10))
            CountUnlocked(machine, area, pages);
        pages.Mutex.Lock(Site);
        var rc = Errno.OK;
        if (FindExact(pages, first, last) is { } shared)
        {
            shared.Users++;
        }
        else if (!machine.Heap.CanAllocate(Site))
        {
            rc = Errno.ENOMEM;
        }
        else
        {
            rc = PinAndCharge(pages, first, last);
            if (rc == Errno.OK)
                pages.Accesses.Insert(machine.Heap.Track(new PagesAccess(first, last), Site).Node);
        }

        if (rc == Errno.OK)
        {
            area.AccessCount += machine.Has(Bug.C10) ? 0u : 1;
            if (locks && !machine.Has(Bug.M25))
                area.LockCount++;
        }
        else if (machine.Has(Bug.C10))
        {
            area.AccessCount--;
        }

        pages.Mutex.Unlock(Site);
        return rc;
    }

    /// <summary><see cref="Bug.C10"/>: what is read is old when it is written.</summary>
    private static void CountUnlocked(KernelMachine machine, IoptArea area, IoptPages pages)
    {
        const string Site = "iopt_area_add_access";
        machine.Reach(pages, Touch.Read, Site);
        var count = area.AccessCount;
        machine.Reach(pages, Touch.Write, Site);
        area.AccessCount = count + 1;
    }

    // Models iopt_area_remove_access(), v7.3.
    public static void Remove(KernelMachine machine, IoptArea area, ulong first, ulong last, bool unlocks)
    {
        const string Site = "iopt_area_remove_access";
        var pages = area.Pages!;
        pages.Mutex.Lock(Site);
        var access = FindExact(pages, first, last);
        if (!machine.WarnOn(access is null, Site, "nobody holds exactly these pages"))
        {
            var isUnheld = area.AccessCount == 0 || access!.Users == 0;
            machine.WarnOn(isUnheld, Site, "the area has no access");
            if (unlocks && !machine.Has(Bug.M25))
            {
                machine.WarnOn(area.LockCount == 0, Site, "the area is not locked");
                area.LockCount--;
            }

            area.AccessCount--;
            if (--access!.Users == 0)
            {
                pages.Accesses.Remove(access.Node);
                pages.Unpin(first, last);
                pages.UnchargeUnpinned();
                machine.Heap.Free(access, Site);
            }
        }

        pages.Mutex.Unlock(Site);
    }

    // Models iopt_pages_fill_xarray(), v6.12 and v7.3.
    private static Errno PinAndCharge(IoptPages pages, ulong first, ulong last)
    {
        var rc = pages.Pin(first, last);
        if (rc != Errno.OK)
            return rc;
        rc = pages.ChargePinned();
        if (rc != Errno.OK)
            pages.Unpin(first, last);
        return rc;
    }

    // Models iopt_pages_get_exact_access(), v6.12 and v7.3.
    private static PagesAccess? FindExact(IoptPages pages, ulong first, ulong last)
    {
        var node = pages.Accesses.First(first, last);
        while (node is not null && (node.Start != first || node.Last != last))
            node = pages.Accesses.Next(node, first, last);
        return node?.Value;
    }
}
