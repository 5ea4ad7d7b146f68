using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Viommus;

/// <summary>The making of nested hw_pagetables behind a vIOMMU.</summary>
public static class HwptOfViommu
{
    private const uint KnownFlags = HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID | HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>
    /// Makes a hwpt that holds the vIOMMU, not yet published. EINVAL for a device of another IOMMU, EOPNOTSUPP
    /// for flags, no data or a driver that cannot, ENOMEM, else what the driver says.
    /// </summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_viommu_alloc_hwpt_nested(), v7.3, and the test of the
    // IOMMU before it.
    public static Errno Allocate(Viommu viommu, IommufdDevice idev, uint flags, UserData data, out HwPagetable hwpt)
    {
        const string Site = "iommufd_viommu_alloc_hwpt_nested";
        var context = viommu.Context;
        hwpt = null!;
        if (!ReferenceEquals(viommu.Iommu, idev.Device.Iommu))
            return Errno.EINVAL;
        if ((flags & ~KnownFlags) != 0 || data.Length == 0)
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
        rc = AllocateDomain(viommu, allocate, flags, data, hwpt);
        if (rc != Errno.OK)
            context.AbortAndDestroy(hwpt);
        return rc;
    }

    private static Errno AllocateDomain(
        Viommu viommu,
        Iommu.Viommus.ViommuAllocNestedOp allocate,
        uint flags,
        UserData data,
        HwPagetable hwpt
    )
    {
        const string Site = "iommufd_viommu_alloc_hwpt_nested";
        var machine = viommu.Machine;
        IommuDomain? domain = null;
        var driverFlags = flags & ~HwptAllocFlags.IOMMU_HWPT_FAULT_ID_VALID;
        var rc = machine.DriverRefuses("alloc_domain_nested")
            ? Errno.ENOMEM
            : allocate(viommu, driverFlags, data, out domain);
        rc = machine.Answered(rc);
        if (rc != Errno.OK)
            return rc;
        machine.Heap.Touch(viommu.Iommu, Site);
        hwpt.Domain = domain;
        domain!.IommufdHwpt = hwpt;
        domain.Owner = viommu.Iommu.Ops;
        hwpt.DataType = data.Type;
        return machine.WarnOnOnce(domain.Type != DomainType.Nested, Site, "the domain is not nested")
            ? Errno.EOPNOTSUPP
            : Errno.OK;
    }
}
