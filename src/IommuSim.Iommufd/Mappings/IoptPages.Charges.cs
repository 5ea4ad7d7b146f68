using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Mappings;

/// <summary>Against whose limit of locked memory pinned pages count; C's IOPT_PAGES_ACCOUNT_*.</summary>
internal enum AccountMode
{
    /// <summary>Nobody's: the program has CAP_IPC_LOCK.</summary>
    None,

    /// <summary>The user's.</summary>
    User,

    /// <summary>The program's, as with VFIO's own IOMMU.</summary>
    Process,
}

// How pinned pages are counted. Pages are counted after they were pinned: a program over its limit has them unpinned.
internal sealed partial class IoptPages
{
    public AccountMode AccountMode { get; private set; }

    /// <summary>The pages that are counted; C's last_npinned.</summary>
    public ulong ChargedCount { get; private set; }

    /// <summary>The context counts pinned memory by process.</summary>
    // Models a part of drivers/iommu/iommufd/io_pagetable.c:iopt_map_common(), v7.3, and of iopt_map_user_pages(),
    // v6.12.
    public void CountByProcess()
    {
        if (AccountMode == AccountMode.User)
            AccountMode = AccountMode.Process;
    }

    /// <summary>Counts what was pinned or unpinned since; ENOMEM over the limit.</summary>
    // Models drivers/iommu/iommufd/pages.c:pfn_reader_user_update_pinned(), v7.3.
    public Errno ChargePinned()
    {
        const string Site = "pfn_reader_user_update_pinned";
        Mutex.AssertHeld(Site);
        if (PinnedCount == ChargedCount)
            return Errno.OK;
        if (PinnedCount < ChargedCount)
            return Update(ChargedCount - PinnedCount, adds: false);
        return _machine.Heap.CanAllocate(Site) ? Update(PinnedCount - ChargedCount, adds: true) : Errno.ENOMEM;
    }

    /// <summary>Counts what was unpinned since.</summary>
    // Models drivers/iommu/iommufd/pages.c:update_unpinned(), v7.3.
    public void UnchargeUnpinned()
    {
        if (_machine.WarnOn(PinnedCount > ChargedCount, "update_unpinned", "pages are pinned and not counted"))
            return;
        if (PinnedCount != ChargedCount)
            Update(ChargedCount - PinnedCount, adds: false);
    }

    /// <summary>The pages count as another program's than the caller.</summary>
    // Models drivers/iommu/iommufd/ioas.c:need_charge_update(), v7.3. All programs are of one user.
    public bool IsChargedElsewhere() =>
        (AccountMode != AccountMode.None || !_machine.Has(Bug.N19))
        && !ReferenceEquals(Source, _machine.Current.Memory);

    /// <summary>No page counts as the owner's any more; EINVAL for one that has ended.</summary>
    public Errno Uncharge() => Update(PinnedCount, adds: false);

    /// <summary>The caller is the owner from now on, and all that is pinned counts as its.</summary>
    // Models drivers/iommu/iommufd/ioas.c:change_mm(), v7.3.
    public void ChangeOwner() => Owner = _machine.Current;

    // Models drivers/iommu/iommufd/pages.c:iopt_pages_update_pinned(), v7.3.
    private Errno Update(ulong pages, bool adds)
    {
        var rc = PinCharges.Change(_machine, Owner, AccountMode, pages, adds);
        if (rc == Errno.OK)
            ChargedCount = PinnedCount;
        return rc;
    }
}
