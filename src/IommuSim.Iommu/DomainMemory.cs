using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>The IOMMU API's functions on one domain.</summary>
internal static class DomainMemory
{
    /// <summary>A paging domain for the device, or null without memory or without the op.</summary>
    // Models drivers/iommu/iommu.c:iommu_domain_alloc(), v6.2.
    public static IommuDomain? AllocatePaging(IommuDevice device) =>
        device.Ops.DomainAlloc?.Invoke(device, DomainType.Unmanaged);

    /// <summary>
    /// What most drivers' domain_alloc does: the static blocking domain, or one for callers without flags or data; null
    /// for a failure.
    /// </summary>
    public static IommuDomain? BlockedOrPaging(
        IommuDevice device,
        DomainType type,
        IommuDomain blocked,
        DomainAllocUserOp paging
    )
    {
        if (type == DomainType.Blocked)
            return blocked;
        return paging(device, 0, null, UserData.None, out var domain) == Errno.OK ? domain : null;
    }

    /// <summary>
    /// Asks the driver's domain_alloc_user, which must exist. The errno is the driver's; kernels whose op returns NULL
    /// for every failure look at <paramref name="domain"/> alone.
    /// </summary>
    public static Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        var rc = device.Machine.DriverRefuses("domain_alloc_user")
            ? Errno.ENOMEM
            : device.Ops.DomainAllocUser!(device, flags, parent, data, out domain);
        return device.Machine.Answered(rc);
    }

    /// <summary>As <see cref="AllocateForUser"/>, of the op that 7.3 has for nested domains.</summary>
    public static Errno AllocateNested(
        IommuDevice device,
        uint flags,
        IommuDomain parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        var rc = device.Machine.DriverRefuses("domain_alloc_nested")
            ? Errno.ENOMEM
            : device.Ops.DomainAllocNested!(device, flags, parent, data, out domain);
        return device.Machine.Answered(rc);
    }

    /// <summary>Calls the driver's invalidation op without looking whether there is one.</summary>
    public static Errno Invalidate(
        KernelMachine machine,
        IommuDomain domain,
        ref InvalidateRequest request,
        string function
    )
    {
        machine.Heap.Touch(domain, function);
        if (domain.Ops.CacheInvalidateUser is not { } invalidate)
            throw machine.Oops(ReportKind.NullDereference, function, "ops->cache_invalidate_user is NULL");
        request.Machine = machine;
        return machine.Answered(invalidate(domain, ref request));
    }

    /// <summary>
    /// Maps a run with pages of <paramref name="largestPage"/> bytes at most. EINVAL when it does not fit the domain's
    /// smallest page or is read-only where the page table refuses that, ENODEV when the driver cannot, ENOMEM. A
    /// failure leaves nothing of the run mapped.
    /// </summary>
    // Models drivers/iommu/iommu.c:iommu_map(), v7.3, and before it allocates the first table
    // drivers/iommu/generic_pt/fmt/vtdss.h:vtdss_pt_iommu_set_prot().
    public static Errno Map(
        KernelMachine machine,
        IommuDomain domain,
        ulong iova,
        ulong physical,
        ulong length,
        IommuProt prot,
        ulong largestPage
    )
    {
        const string Site = "iommu_map";
        machine.Heap.Touch(domain, Site);
        if (machine.WarnOn(domain.Ops.MapPages is null, Site, "the driver has no map_pages"))
            return Errno.ENODEV;
        var smallest = domain.PgsizeBitmap & (0 - domain.PgsizeBitmap);
        if (((iova | physical | length) & (smallest - 1)) != 0)
            return Errno.EINVAL;
        if (domain.Kind.IsForceWriteable && (prot & IommuProt.Write) == IommuProt.None)
            return Errno.EINVAL;
        if (
            domain.Kind.MapRange is { } function
            && machine.WarnOn((prot & (IommuProt.Read | IommuProt.Write)) == IommuProt.None, function, "no permission")
        )
            return Errno.EINVAL;
        if (!machine.Heap.CanAllocate("map_pages"))
            return Errno.ENOMEM;
        return machine.Answered(domain.Ops.MapPages!(domain, iova, physical, length, prot, largestPage));
    }

    /// <summary>Returns how many bytes the driver unmapped.</summary>
    // Models drivers/iommu/iommu.c:iommu_unmap(), v7.3.
    public static ulong Unmap(KernelMachine machine, IommuDomain domain, ulong iova, ulong length)
    {
        machine.Heap.Touch(domain, "iommu_unmap");
        return domain.Ops.UnmapPages?.Invoke(domain, iova, length) ?? 0;
    }

    // Models drivers/iommu/iommu.c:iommu_domain_free(), v6.2.
    public static void Free(KernelMachine machine, IommuDomain domain)
    {
        domain.Ops.Free?.Invoke(domain);
        if (!domain.IsStatic)
            machine.Heap.Free(domain, "iommu_domain_free");
    }

    /// <summary>Prepares a software MSI window. EINVAL on a nested domain, EEXIST when it has one, ENOMEM.</summary>
    // Models drivers/iommu/dma-iommu.c:iommu_get_msi_cookie(), v6.2.
    public static Errno GetMsiCookie(KernelMachine machine, IommuDomain domain)
    {
        if (domain.Type != DomainType.Unmanaged)
            return Errno.EINVAL;
        if (domain.HasMsiCookie)
            return Errno.EEXIST;
        if (!machine.Heap.CanAllocate("iommu_get_msi_cookie"))
            return Errno.ENOMEM;
        domain.HasMsiCookie = true;
        return Errno.OK;
    }
}
