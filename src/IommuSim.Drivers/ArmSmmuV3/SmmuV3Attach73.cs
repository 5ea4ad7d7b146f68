using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// Attaching in 7.3: every step that can fail comes before the first that the device notices, and so a refusal leaves
/// it in its old domain. Models drivers/iommu/arm/arm-smmu-v3.
/// </summary>
internal static class SmmuV3Attach73
{
    private static readonly DomainOps s_blockingOps = new("arm_smmu_blocked_ops")
    {
        AttachDev = AttachBlocking,
        SetDevPasid = BlockPasid,
    };

    public static readonly IommuDomain Blocking = new(
        new DomainKind(DomainType.Blocked, s_blockingOps) { IsStatic = true }
    );

    public static readonly DomainKind Nested = new(
        DomainType.Nested,
        new DomainOps("arm_smmu_nested_ops") { AttachDev = AttachNested }
    )
    {
        ApertureEnd = 0,
    };

    /// <summary>
    /// EINVAL for a domain of another SMMU; for one of the first stage ENOMEM without context descriptors, for one of
    /// the second EBUSY while PASIDs are attached; then what <see cref="Prepare"/> returns.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_attach_dev(), v7.3. The core has tested whose domain it is.
    public static Errno AttachPaging(IommuDomain domain, IommuDevice device)
    {
        if (device is not SmmuV3Master master)
            return Errno.ENOENT;
        var own = (SmmuV3PagingDomain)domain;
        if (!ReferenceEquals(own.Smmu, master.Iommu))
            return Errno.EINVAL;
        if (own.Stage == SmmuV3Stage.First && !master.HasDescriptorFor(0))
            return Errno.ENOMEM;
        if (own.Stage != SmmuV3Stage.First && master.HasPasidsInUse)
            return Errno.EBUSY;
        var rc = Prepare(master, domain, own, out _, out _, out var usesFaults);
        if (rc == Errno.OK)
            master.Join(domain, viommu: null, virtualId: 0, usesFaults);
        return rc;
    }

    /// <summary>
    /// EINVAL for an entry on another SMMU, EBUSY while PASIDs are attached; then what <see cref="Prepare"/> returns.
    /// </summary>
    // Models arm-smmu-v3-iommufd.c:arm_smmu_attach_dev_nested(), v7.3.
    public static Errno AttachNested(IommuDomain domain, IommuDevice device)
    {
        if (device is not SmmuV3Master master)
            return Errno.ENOENT;
        var nested = (SmmuV3NestedDomain)domain;
        if (!ReferenceEquals(nested.Viommu.Iommu, master.Iommu))
            return Errno.EINVAL;
        if (master.HasPasidsInUse)
            return Errno.EBUSY;
        var rc = Prepare(master, domain, nested.Parent, out var viommu, out var virtualId, out var usesFaults);
        if (rc == Errno.OK)
            master.Join(domain, viommu, virtualId, usesFaults);
        return rc;
    }

    /// <summary>
    /// Attaches a PASID: EINVAL for a domain of another SMMU or of the second stage, and while the device itself is on
    /// one that the kernel's context descriptors do not fit under; ENOMEM; then what <see cref="Prepare"/> returns.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_s1_set_dev_pasid() and arm_smmu_set_pasid(), v7.3.
    public static Errno AttachPasid(IommuDomain domain, IommuDevice device, uint pasid, IommuDomain? old)
    {
        var (own, master) = ((SmmuV3PagingDomain)domain, (SmmuV3Master)device);
        if (!ReferenceEquals(own.Smmu, master.Iommu) || own.Stage != SmmuV3Stage.First)
            return Errno.EINVAL;
        if (master.Domain is not (null or SmmuV3PagingDomain { Stage: SmmuV3Stage.First }))
            return Errno.EINVAL;
        if (!master.HasDescriptorFor(pasid))
            return Errno.ENOMEM;
        var rc = Prepare(master, domain, own, out _, out _, out var usesFaults);
        if (rc == Errno.OK)
            master.JoinPasid(pasid, own, usesFaults);
        return rc;
    }

    /// <summary>
    /// ENOMEM; for a nested domain that translates ENOENT when the guest has no number for the device; what page
    /// faults need; EINVAL for a device that is not coherent where the domain forces that.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_attach_prepare(), v7.3.
    private static Errno Prepare(
        SmmuV3Master master,
        IommuDomain domain,
        SmmuV3PagingDomain below,
        out IViommu? viommu,
        out ulong virtualId,
        out bool usesFaults
    )
    {
        (viommu, virtualId, usesFaults) = (null, 0, false);
        var heap = master.Machine.Heap;
        if (!heap.CanAllocate("arm_smmu_invs_merge"))
            return Errno.ENOMEM;
        if (domain is SmmuV3NestedDomain nested)
        {
            var rc = FindNumber(master, nested, out viommu, out virtualId);
            if (rc != Errno.OK)
                return rc;
        }

        if (!heap.CanAllocate("arm_smmu_attach_prepare"))
            return Errno.ENOMEM;
        var started = master.StartFaults(domain, out usesFaults);
        if (started != Errno.OK)
            return started;
        if (!below.ForcesCoherency || master.IsCoherent)
            return Errno.OK;
        master.StopFaults(usesFaults);
        return Errno.EINVAL;
    }

    // Models arm-smmu-v3-iommufd.c:arm_smmu_attach_prepare_vmaster(), v7.3.
    private static Errno FindNumber(
        SmmuV3Master master,
        SmmuV3NestedDomain nested,
        out IViommu? viommu,
        out ulong virtualId
    )
    {
        viommu = null;
        var rc = nested.Viommu.GetVirtualId(master, out virtualId);
        // Its group has the domain: this is the way back from a refused move.
        var isBack = ReferenceEquals(master.Group.Domain, nested) && !master.Machine.Has(Bug.N12);
        if (rc != Errno.OK)
            return nested.Translates && !isBack ? rc : Errno.OK;
        if (!master.Machine.Heap.CanAllocate("arm_smmu_attach_prepare_vmaster"))
            return Errno.ENOMEM;
        viommu = nested.Viommu;
        return Errno.OK;
    }

    // Models arm-smmu-v3.c:arm_smmu_attach_dev_blocked(), v7.3.
    private static Errno AttachBlocking(IommuDomain domain, IommuDevice device)
    {
        ((SmmuV3Master)device).Join(domain: null, viommu: null, virtualId: 0, usesFaults: false);
        return Errno.OK;
    }

    private static Errno BlockPasid(IommuDomain domain, IommuDevice device, uint pasid, IommuDomain? old)
    {
        ((SmmuV3Master)device).LeavePasid(pasid);
        return Errno.OK;
    }
}
