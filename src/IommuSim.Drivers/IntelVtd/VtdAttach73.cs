using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// Attaching in 7.3. The device is blocked before anything is checked, and a refusal leaves it so; see
/// <see cref="Bug.N6"/>. None of the
/// devices here has PASIDs, so the ops that attach one are there and never called.
/// </summary>
internal static class VtdAttach73
{
    private static readonly DomainOps s_blockingOps = new("blocking_domain_ops")
    {
        AttachDev = AttachBlocking,
        SetDevPasid = static (_, _, _, _) => Errno.OK,
    };

    public static readonly IommuDomain Blocking = new(
        new DomainKind(DomainType.Blocked, s_blockingOps) { IsStatic = true }
    );

    public static readonly DomainOps SecondStageOps = new DomainOps("intel_ss_paging_domain_ops")
    {
        AttachDev = AttachPaging,
        SetDevPasid = static (_, _, _, _) => Errno.OK,
        EnforceCacheCoherency = VtdDomain.EnforceCacheCoherency,
    }.WithPageTable();

    public static readonly DomainOps FirstStageOps = SecondStageOps with { Name = "intel_fs_paging_domain_ops" };

    public static readonly DomainOps NestedOps = new("intel_nested_domain_ops")
    {
        AttachDev = AttachNested,
        SetDevPasid = static (_, _, _, _) => Errno.OK,
        CacheInvalidateUser = VtdInvalidation73.Invalidate,
    };

    // Models drivers/iommu/intel/iommu.c:blocking_domain_attach_dev(), v7.3. Before it the core refuses to block
    // a device that firmware wants mapped one to one: drivers/iommu/iommu.c:__iommu_device_set_domain().
    private static Errno AttachBlocking(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "blocking_domain_attach_dev") is not { } own)
            return Errno.EINVAL;
        if (own.HasLockedRmrr)
            return Errno.EINVAL;
        own.StopFaults(own.Domain);
        own.Block();
        own.Old = domain;
        return Errno.OK;
    }

    /// <summary>
    /// EINVAL when the unit cannot do what the domain needs, ENODEV for page faults without PRI, ENOMEM.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_attach_device(), v7.3.
    private static Errno AttachPaging(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "intel_iommu_attach_device") is not { } own)
            return Errno.EINVAL;
        var paging = (VtdPagingDomain)domain;
        if (!own.Machine.Has(Bug.N6))
            return AttachOrStay(own, paging, CheckCompatible(paging, own.Profile));
        var old = own.Old;
        own.Block();
        var rc = CheckCompatible(paging, own.Profile);
        if (rc != Errno.OK)
            return rc;
        rc = own.StartFaults(domain);
        if (rc != Errno.OK)
            return rc;
        own.StopFaults(old);
        rc = AttachUnit(own, paging);
        if (rc == Errno.OK)
            Join(own, paging);
        else if (own.StartFaults(old) == Errno.OK)
            own.StopFaults(domain);
        return rc;
    }

    /// <summary>As for a paging domain, then EINVAL for an unsuitable page table of the guest.</summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_attach_dev(), v7.3: the page faults of the old domain are
    // not given up.
    private static Errno AttachNested(IommuDomain domain, IommuDevice device)
    {
        if (VtdDevice.PrivateOf(device, "intel_nested_attach_dev") is not { } own)
            return Errno.EINVAL;
        var nested = (VtdNestedDomain)domain;
        own.Machine.Heap.Touch(nested.Parent, "intel_nested_attach_dev");
        var rc = CheckCompatible((VtdPagingDomain)nested.Parent, own.Profile);
        if (!own.Machine.Has(Bug.N6))
        {
            if (rc == Errno.OK)
                rc = VtdNestedAttach.CheckStageOne(nested.StageOne, own.Profile);
            return AttachOrStay(own, nested, rc);
        }

        own.Block();
        if (rc == Errno.OK)
            rc = AttachUnit(own, nested);
        if (rc == Errno.OK)
            rc = own.StartFaults(domain);
        if (rc != Errno.OK)
            return rc;
        rc = VtdNestedAttach.CheckStageOne(nested.StageOne, own.Profile);
        if (rc == Errno.OK)
            Join(own, nested);
        else
            own.StopFaults(domain);
        return rc;
    }

    /// <summary>Every step that can fail comes before the detach of the old domain and of its page faults.</summary>
    private static Errno AttachOrStay(VtdDevice own, VtdDomain domain, Errno rc)
    {
        if (rc == Errno.OK)
            rc = own.StartFaults(domain);
        if (rc != Errno.OK)
            return rc;
        rc = AttachUnit(own, domain);
        if (rc != Errno.OK)
        {
            own.StopFaults(domain);
            return rc;
        }

        own.Block();
        own.StopFaults(own.Old);
        Join(own, domain);
        return rc;
    }

    /// <summary>
    /// Gives the domain its id on the unit, then the tags by which the unit's caches are flushed: ENOMEM.
    /// </summary>
    // Models drivers/iommu/intel/cache.c:cache_tag_assign_domain(), v6.12 and v7.3.
    public static Errno AttachUnit(VtdDevice device, VtdDomain domain)
    {
        var rc = VtdPaging.AttachUnit(device);
        if (rc == Errno.OK)
            rc = AssignTags(device, domain);
        if (rc == Errno.OK && domain is VtdNestedDomain nested)
            rc = AssignTags(device, (VtdPagingDomain)nested.Parent, hasBatch: !device.Machine.Has(Bug.C22));
        return rc;
    }

    /// <summary>A tag is allocated even when the domain has the same one already.</summary>
    // Models drivers/iommu/intel/cache.c:__cache_tag_assign_domain() and its twin for parents, v7.3.
    private static Errno AssignTags(VtdDevice device, VtdDomain domain, bool hasBatch = true)
    {
        const string Tag = "cache_tag_assign";
        var heap = device.Machine.Heap;
        if (hasBatch && !domain.HasBatch)
        {
            if (!heap.CanAllocate("domain_qi_batch_alloc"))
                return Errno.ENOMEM;
            domain.HasBatch = true;
        }

        var isTagged = heap.CanAllocate(Tag) && (!device.HasAts || heap.CanAllocate(Tag));
        return isTagged ? Errno.OK : Errno.ENOMEM;
    }

    private static void Join(VtdDevice device, VtdDomain domain)
    {
        device.Join(domain);
        device.Old = domain;
    }

    // Models drivers/iommu/intel/iommu.c:paging_domain_compatible(), v7.3. All units agree on page sizes and on
    // coherent page tables.
    private static Errno CheckCompatible(VtdPagingDomain domain, in VtdProfile profile)
    {
        if (ReferenceEquals(domain.Ops, FirstStageOps))
        {
            var fits =
                profile is { HasScalableMode: true, HasFirstStage: true }
                && (domain.Width <= 48 || profile.HasFiveLevelStageOne);
            return fits ? Errno.OK : Errno.EINVAL;
        }

        var isCapable =
            (domain.DirtyOps is null || profile.CanTrackDirty)
            && (!domain.IsNestParent || profile.CanNest)
            && (!profile.HasScalableMode || profile.HasSecondStage)
            && profile.Width >= domain.Width
            && profile.HasLevels(VtdProfile.AgawOf(domain.Width))
            && (!domain.ForcesSnooping || profile.HasSnoopControl);
        return isCapable ? Errno.OK : Errno.EINVAL;
    }
}
