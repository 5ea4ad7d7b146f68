using IommuSim.Iommu;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>Allocates nested hw_pagetables, of a parent or of a vIOMMU; does not publish them.</summary>
internal static class HwptNested
{
    private const uint Fault = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;

    /// <summary>
    /// Allocates a hwpt that holds its parent. EOPNOTSUPP for flags, no data or a driver that cannot nest, EINVAL for
    /// a parent that may not be one, ENOMEM, else what the driver returns.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_nested_alloc(), v6.7 to v7.3.
    public static Errno Allocate(
        HwptRules rules,
        HwPagetable parent,
        IommufdDevice idev,
        uint flags,
        in UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_nested_alloc";
        var context = parent.Context;
        var ops = idev.Device.Ops;
        hwpt = null!;
        var hasNoOps = idev.HasNoOps();
        if ((flags & ~rules.NestedFlags) != 0 || data.Length == 0)
            return Errno.EOPNOTSUPP;
        if (hasNoOps)
            throw context.Machine.Oops(ReportKind.NullDereference, Site, "ops is NULL");
        if ((rules.HasNestedOp ? ops.DomainAllocNested : ops.DomainAllocUser) is null)
            return Errno.EOPNOTSUPP;
        if (parent.AutoDomain || !parent.NestParent)
            return Errno.EINVAL;
        if (!context.Machine.Has(Bug.A15) && !ReferenceEquals(parent.Domain!.Owner, ops))
            return Errno.EINVAL;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwptNested), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        hwpt.PasidCompatible = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0;
        parent.TakeUser(Site);
        hwpt.Parent = parent;
        rc = rules.HasNestedOp
            ? DomainMemory.AllocateNested(idev.Device, flags & ~Fault, parent.Domain!, data, out var domain)
            : DomainMemory.AllocateForUser(idev.Device, flags & ~Fault, parent.Domain, data, out domain);
        if (rc == Errno.OK)
            rc = Accept(rules, hwpt, domain!, ops, Site);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>
    /// Allocates a hwpt that holds the vIOMMU. EINVAL for a device of another IOMMU, EOPNOTSUPP for flags, no data or
    /// a driver that cannot, ENOMEM, else what the driver returns.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_viommu_alloc_hwpt_nested(), v7.3, and the test of the
    // IOMMU before it.
    public static Errno AllocateOfViommu(
        HwptRules rules,
        Viommu viommu,
        IommufdDevice idev,
        uint flags,
        in UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_viommu_alloc_hwpt_nested";
        var context = viommu.Context;
        var machine = context.Machine;
        hwpt = null!;
        if (!ReferenceEquals(viommu.Iommu, idev.Device.Iommu))
            return Errno.EINVAL;
        if ((flags & ~rules.NestedFlags) != 0 || data.Length == 0)
            return Errno.EOPNOTSUPP;
        if (viommu.Ops?.AllocDomainNested is not { } allocate)
            return Errno.EOPNOTSUPP;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwptNested), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        viommu.TakeUser(Site);
        hwpt.PasidCompatible = (flags & HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID) != 0;
        hwpt.Viommu = viommu;
        hwpt.Parent = viommu.Hwpt;
        IommuDomain? domain = null;
        rc = machine.DriverRefuses("alloc_domain_nested")
            ? Errno.ENOMEM
            : allocate(viommu, flags & ~Fault, data, out domain);
        if (machine.Answered(rc) == Errno.OK)
        {
            machine.Heap.Touch(viommu.Iommu, Site);
            rc = Accept(rules, hwpt, domain!, viommu.Iommu.Ops, Site);
        }

        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    /// <summary>Gives a hwpt the nested domain that a driver allocated; a domain of another type is reported.</summary>
    private static Errno Accept(HwptRules rules, HwPagetable hwpt, IommuDomain domain, IommuOps owner, string site)
    {
        var machine = hwpt.Context.Machine;
        hwpt.Domain = domain;
        domain.Owner = owner;
        domain.IommufdHwpt = hwpt;
        var lacksOp = rules.NeedsInvalidateOp && domain.Ops.CacheInvalidateUser is null && !machine.Has(Bug.A17);
        if (domain.Type == DomainType.Nested && !lacksOp)
            return Errno.OK;
        machine.WarnOnOnce(
            machine.Has(Bug.T3),
            site,
            rules.NeedsInvalidateOp
                ? "the domain is not nested, or it lacks cache_invalidate_user"
                : "the domain is not nested"
        );
        return rules.WrongDomain;
    }
}
