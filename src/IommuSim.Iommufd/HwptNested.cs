using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>The making of nested hw_pagetables as merged in 6.7.</summary>
public static class HwptNested
{
    /// <summary>
    /// Makes a hwpt that holds its parent and nothing else, not yet published. EOPNOTSUPP for flags, no data
    /// or a driver that cannot, EINVAL for a parent that may not be one, ENOMEM, else what the driver says.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_nested_alloc(), v6.7 and v6.8.
    public static Errno Allocate(
        HwPagetable parent,
        IommufdDevice idev,
        uint flags,
        UserData data,
        out HwPagetable hwpt
    )
    {
        const string Site = "iommufd_hwpt_nested_alloc";
        var context = parent.Context;
        hwpt = null!;
        if (flags != 0 || !data.Present || idev.Device.Ops.DomainAllocUser is null)
            return Errno.EOPNOTSUPP;
        if (parent.AutoDomain || !parent.NestParent)
            return Errno.EINVAL;
        var rules = context.Kernel.Spec.Nested;
        if (rules.ChecksParentOwner && !ReferenceEquals(parent.Domain!.Owner, idev.Device.Ops))
            return Errno.EINVAL;
        var rc = context.Allocate(static c => new HwPagetable(c, ObjectType.HwptNested), Site, out hwpt);
        if (rc != Errno.OK)
            return rc;
        parent.TakeUser(Site);
        hwpt.Parent = parent;
        rc = DomainMemory.AllocateForUser(idev.Device, flags, parent.Domain, data, out var domain);
        if (rc == Errno.OK)
        {
            hwpt.Domain = domain;
            domain!.Owner = idev.Device.Ops;
            hwpt.DataType = data.Type;
            if (domain.Type != DomainType.Nested)
                rc = Refuse(context, "the domain is not nested");
            else if (rules.NeedsInvalidateOp && domain.Ops.CacheInvalidateUser is null)
                rc = Refuse(context, "a nested domain lacks cache_invalidate_user");
        }

        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    private static Errno Refuse(IommufdContext context, string why)
    {
        context.Machine.WarnOnOnce(context.Kernel.Spec.Nested.WarnsOfDriver, "iommufd_hwpt_nested_alloc", why);
        return Errno.EINVAL;
    }
}
