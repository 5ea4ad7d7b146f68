using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// 6.12: user space has page tables of the second stage, as wide as the unit of the device that they were allocated
/// for. The device is blocked before anything is checked, and a refusal leaves it so; see <see cref="Bug.N6"/>.
/// </summary>
internal static class VtdLinux612
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;

    /// <summary>4 KiB, 2 MiB and 1 GiB.</summary>
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private static readonly IommuDomain s_blocking = new(
        new DomainKind(DomainType.Blocked, new DomainOps("blocking_domain_ops") { AttachDev = AttachBlocking })
        {
            IsStatic = true,
        }
    );

    private static readonly DomainOps s_table = new DomainOps("intel_iommu_ops.default_domain_ops").WithPageTable();

    private static readonly DomainOps s_paging = s_table with
    {
        AttachDev = AttachPaging,
        EnforceCacheCoherency = EnforceCacheCoherency,
        MapPages = MapPages,
        UnmapPages = UnmapPages,
    };

    private static readonly DomainKind s_nested = new(
        DomainType.Nested,
        new DomainOps("intel_nested_domain_ops")
        {
            AttachDev = AttachNested,
            CacheInvalidateUser = VtdInvalidation73.Invalidate,
        }
    )
    {
        ApertureEnd = 0,
    };

    private static readonly DirtyOps s_dirtyOps = new("intel_dirty_ops", SetDirtyTracking)
    {
        ReadAndClearDirty = ReadAndClearDirty,
    };

    /// <summary>The blocking domain; anything else is allocated by <see cref="AllocateForUser"/>.</summary>
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        DomainMemory.BlockedOrPaging(device, type, s_blocking, AllocateForUser);

    /// <summary>
    /// EOPNOTSUPP for flags, data or features that do not go together; for nested domains EOPNOTSUPP for the type,
    /// EINVAL for the parent, EINVAL or EFAULT for the data, ENOMEM, in this order.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_user(), v6.12.117.
    public static Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var profile = ((VtdDevice)device).Profile;
        domain = null;
        if (parent is not null)
        {
            return flags != 0 || !profile.CanNest
                ? Errno.EOPNOTSUPP
                : AllocateNested(device, parent, in data, out domain);
        }

        if ((flags & ~(NestParent | Dirty)) != 0)
            return Errno.EOPNOTSUPP;
        if ((flags & NestParent) != 0 && !profile.CanNest)
            return Errno.EOPNOTSUPP;
        if (data.Present || ((flags & Dirty) != 0 && !profile.CanTrackDirty))
            return Errno.EOPNOTSUPP;
        return AllocatePaging(device, profile, flags, out domain);
    }

    // Models drivers/iommu/intel/nested.c:intel_nested_domain_alloc(), v6.12.117.
    private static Errno AllocateNested(
        IommuDevice device,
        IommuDomain parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        const string Site = "intel_nested_domain_alloc";
        domain = null;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_VTD_S1)
            return Errno.EOPNOTSUPP;
        if (!ReferenceEquals(parent.Ops, s_paging) || parent is not VtdPagingDomain { IsNestParent: true })
            return Errno.EINVAL;
        return VtdAllocation73.MakeNested(device, s_nested, parent, in data, Site, out domain);
    }

    /// <summary>A parent takes no read-only mapping, for ERRATA_772415_SPR17 of some units, on every unit.</summary>
    // Models drivers/iommu/intel/iommu.c:paging_domain_alloc() and __domain_mapping(), v6.12.117.
    private static Errno AllocatePaging(IommuDevice device, in VtdProfile profile, uint flags, out IommuDomain? domain)
    {
        const string Site = "paging_domain_alloc";
        var machine = device.Machine;
        domain = null;
        if (!machine.Heap.CanAllocate(Site) || !machine.Heap.CanAllocate("iommu_alloc_page_node"))
            return Errno.ENOMEM;
        var kind = new DomainKind(DomainType.Unmanaged, s_paging)
        {
            ApertureEnd = (1UL << profile.Width) - 1,
            PgsizeBitmap = PageSizes,
            DirtyOps = (flags & Dirty) != 0 ? s_dirtyOps : null,
            IsForceWriteable = (flags & NestParent) != 0,
        };
        var paging = new VtdPagingDomain(kind)
        {
            Machine = machine,
            Width = profile.Width,
            Agaw = profile.Agaw,
            IsNestParent = (flags & NestParent) != 0,
        };
        domain = machine.Heap.Track(paging, Site);
        return Errno.OK;
    }

    /// <summary>EINVAL when the unit cannot do what the domain needs, ENOMEM.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_attach_device(), v6.12.117.
    private static Errno AttachPaging(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "intel_iommu_attach_device") is not { } own)
            return Errno.EINVAL;
        var paging = (VtdPagingDomain)domain;
        BlockEarly(own);
        var rc = Prepare(paging, own);
        if (rc == Errno.OK)
            rc = VtdAttach73.AttachUnit(own, paging);
        return rc == Errno.OK ? Join(own, paging) : rc;
    }

    /// <summary>
    /// ENODEV when the parent has more levels than the unit, else as for a paging domain, then EINVAL for an unsuitable
    /// page table of the guest.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_attach_dev(), v6.12.117.
    private static Errno AttachNested(IommuDomain domain, IommuDevice device)
    {
        const string Site = "intel_nested_attach_dev";
        if (VtdDevice.PrivateOf(device, Site) is not { } own)
            return Errno.EINVAL;
        var nested = (VtdNestedDomain)domain;
        own.Machine.Heap.Touch(nested.Parent, Site);
        var parent = (VtdPagingDomain)nested.Parent;
        BlockEarly(own);
        var rc = own.Profile.Agaw < parent.Agaw ? Errno.ENODEV : Prepare(parent, own);
        if (rc == Errno.OK)
            rc = VtdAttach73.AttachUnit(own, nested);
        if (rc == Errno.OK)
            rc = VtdNestedAttach.CheckStageOne(nested.StageOne, own.Profile);
        return rc == Errno.OK ? Join(own, nested) : rc;
    }

    /// <summary><see cref="Bug.N6"/>: before anything is checked.</summary>
    private static void BlockEarly(VtdDevice own)
    {
        if (own.Machine.Has(Bug.N6))
            own.Block();
    }

    private static Errno Join(VtdDevice own, VtdDomain domain)
    {
        own.Block();
        own.Join(domain);
        return Errno.OK;
    }

    /// <summary>EINVAL when the unit cannot force snooping, track dirty pages or reach as far as the domain.</summary>
    // Models drivers/iommu/intel/iommu.c:prepare_domain_attach_device(), v6.12.117: a domain takes the width of the
    // unit that was attached last, and never gets more levels.
    private static Errno Prepare(VtdPagingDomain domain, VtdDevice device)
    {
        var profile = device.Profile;
        if (domain.ForcesSnooping && !profile.HasSnoopControl)
            return Errno.EINVAL;
        if (domain.DirtyOps is not null && !profile.CanTrackDirty)
            return Errno.EINVAL;
        if (domain.ApertureEnd > 1UL << profile.Width)
            return Errno.EINVAL;
        domain.Width = profile.Width;
        domain.Agaw = Math.Min(domain.Agaw, profile.Agaw);
        return Errno.OK;
    }

    /// <summary>False also once something is mapped: such entries do not snoop.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_enforce_cache_coherency(), v6.12.117.
    private static bool EnforceCacheCoherency(IommuDomain domain) =>
        (domain is VtdPagingDomain { ForcesSnooping: true } or VtdPagingDomain { HasMappings: false })
        && VtdDomain.EnforceCacheCoherency(domain);

    // Models drivers/iommu/intel/iommu.c:blocking_domain_attach_dev(), v6.12.117. Before it the core refuses to block a
    // device that firmware wants mapped one to one: drivers/iommu/iommu.c:__iommu_device_set_domain().
    private static Errno AttachBlocking(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "blocking_domain_attach_dev") is not { } own)
            return Errno.EINVAL;
        if (own.HasLockedRmrr)
            return Errno.EINVAL;
        own.Block();
        return Errno.OK;
    }

    /// <summary>EINVAL for a run without any permission, of which nothing warns.</summary>
    // Models drivers/iommu/intel/iommu.c:__domain_mapping(), v6.12.117.
    private static Errno MapPages(
        IommuDomain domain,
        ulong iova,
        ulong physical,
        ulong length,
        IommuProt prot,
        ulong largestPage
    )
    {
        if ((prot & (IommuProt.Read | IommuProt.Write)) == IommuProt.None)
            return Errno.EINVAL;
        ((VtdPagingDomain)domain).HasMappings = true;
        return s_table.MapPages!(domain, iova, physical, length, prot, largestPage);
    }

    /// <summary>
    /// The caches of the units that have tags of the domain are flushed, by its batch of invalidations. With
    /// <see cref="Bug.C22"/> a parent has none that devices use by a nested domain alone.
    /// </summary>
    // Models drivers/iommu/intel/cache.c:cache_tag_flush_range(), v6.12.117.
    private static ulong UnmapPages(IommuDomain domain, ulong iova, ulong length)
    {
        var own = (VtdPagingDomain)domain;
        var unmapped = s_table.UnmapPages!(domain, iova, length);
        if (own.NestedDevices > 0 && !own.HasBatch)
            throw own.Machine.Oops(ReportKind.NullDereference, "cache_tag_flush_iotlb", "domain->qi_batch is NULL");
        return unmapped;
    }

    /// <summary>EINVAL while tracking is off and the caller wants to know.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_read_and_clear_dirty(), v6.12.117.
    private static Errno ReadAndClearDirty(
        IommuDomain domain,
        ulong iova,
        ulong length,
        bool clears,
        ref IovaBitmap bitmap
    ) =>
        !((VtdPagingDomain)domain).TracksDirty && !bitmap.IsNone
            ? Errno.EINVAL
            : DirtyEntries.ReadAndClear(domain, iova, length, clears, ref bitmap);

    // Models drivers/iommu/intel/iommu.c:intel_iommu_set_dirty_tracking(), v6.12.117: nothing can fail for domains
    // that can track.
    private static Errno SetDirtyTracking(IommuDomain domain, bool enable)
    {
        ((VtdPagingDomain)domain).TracksDirty = enable;
        return Errno.OK;
    }
}
