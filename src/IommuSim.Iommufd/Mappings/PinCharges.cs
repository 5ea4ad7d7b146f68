using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>Counts pages against RLIMIT_MEMLOCK. Models drivers/iommu/iommufd/pages.c.</summary>
internal static class PinCharges
{
    /// <summary>
    /// Adds pages to what counts, or takes them away. ENOMEM over the limit; EINVAL for a program that has ended, where
    /// its own count is asked for. A failure changes nothing.
    /// </summary>
    // Models iopt_pages_update_pinned(), v6.12 and v7.3.
    public static Errno Change(KernelMachine machine, KernelTask owner, AccountMode mode, ulong pages, bool adds)
    {
        var rc = mode switch
        {
            AccountMode.User => ChangeOfUser(machine, owner, pages, adds),
            AccountMode.Process => ChangeOfProcess(machine, owner, pages, adds),
            _ => Errno.OK,
        };
        if (rc != Errno.OK)
            return rc;
        var counts = machine.LockedMemory.Of(owner.Memory);
        counts.Pinned = adds ? counts.Pinned + pages : counts.Pinned - pages;
        return Errno.OK;
    }

    // Models incr_user_locked_vm() and decr_user_locked_vm(), v6.12 and v7.3.
    private static Errno ChangeOfUser(KernelMachine machine, KernelTask owner, ulong pages, bool adds)
    {
        const string Site = "decr_user_locked_vm";
        var locked = machine.LockedMemory;
        if (adds)
        {
            if (locked.OfUser + pages > LimitOf(owner))
                return Errno.ENOMEM;
            locked.OfUser += pages;
            return Errno.OK;
        }

        if (!machine.WarnOn(locked.OfUser < pages, Site, "fewer pages are locked than are unlocked"))
            locked.OfUser -= pages;
        return Errno.OK;
    }

    // Models update_mm_locked_vm(), v6.12 and v7.3, and mm/util.c:__account_locked_vm().
    private static Errno ChangeOfProcess(KernelMachine machine, KernelTask owner, ulong pages, bool adds)
    {
        const string Site = "__account_locked_vm";
        if (owner.Memory.IsGone)
            return Errno.EINVAL;
        var counts = machine.LockedMemory.Of(owner.Memory);
        if (adds)
        {
            if (counts.Locked + pages > LimitOf(owner))
                return Errno.ENOMEM;
            counts.Locked += pages;
            return Errno.OK;
        }

        machine.WarnOnOnce(pages > counts.Locked, Site, "fewer pages are locked than are unlocked");
        counts.Locked -= pages;
        return Errno.OK;
    }

    /// <summary>Pages.</summary>
    private static ulong LimitOf(KernelTask owner) => (owner.LockedMemoryLimit ?? ulong.MaxValue) / IoptPages.PageSize;
}
