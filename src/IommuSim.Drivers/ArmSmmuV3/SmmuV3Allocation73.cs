using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Paging domains of 7.3. Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.</summary>
internal static class SmmuV3Allocation73
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const int InputBits = 48;
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private static readonly DomainOps s_ops = new DomainOps("arm_smmu_ops.default_domain_ops")
    {
        AttachDev = SmmuV3Attach73.AttachPaging,
        SetDevPasid = SmmuV3Attach73.AttachPasid,
        EnforceCacheCoherency = SmmuV3PagingDomain.EnforceCacheCoherency,
        Free = SmmuV3PagingDomain.Release,
    }.WithPageTable();

    /// <summary>Tracking is always on: there is nothing to switch.</summary>
    private static readonly DirtyOps s_dirtyOps = new("arm_smmu_dirty_ops", static (_, _) => Errno.OK);

    /// <summary>The blocking domain; anything else is allocated by <see cref="Paging"/>.</summary>
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        DomainMemory.BlockedOrPaging(device, type, SmmuV3Attach73.Blocking, Paging);

    /// <summary>
    /// EOPNOTSUPP for flags or data; ENOMEM; EOPNOTSUPP for flags that do not go together or a stage that the SMMU
    /// lacks; ENOMEM for the page table, ENOSPC without a VMID; in this order.
    /// </summary>
    // Models arm_smmu_domain_alloc_paging_flags(), v7.3.
    public static Errno Paging(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if ((flags & ~(Dirty | Pasid | NestParent)) != 0 || data.Present)
            return Errno.EOPNOTSUPP;
        var master = (SmmuV3Master)device;
        var heap = device.Machine.Heap;
        if (!heap.CanAllocate("arm_smmu_domain_alloc") || !heap.CanAllocate("arm_smmu_invs_alloc"))
            return Errno.ENOMEM;
        return StageOf(flags, master.Profile) is { } stage
            ? Finalise(master, stage, flags, out domain)
            : Errno.EOPNOTSUPP;
    }

    /// <summary>Null where the flags do not go together or the SMMU cannot do what they ask for.</summary>
    private static SmmuV3Stage? StageOf(uint flags, in SmmuV3Profile profile) =>
        flags switch
        {
            0 => profile.HasStage1 ? SmmuV3Stage.First : SmmuV3Stage.Second,
            NestParent when profile.CanNest => SmmuV3Stage.Second,
            Dirty or Pasid or (Dirty | Pasid) when profile.HasStage1 => SmmuV3Stage.First,
            _ => null,
        };

    // Models arm_smmu_domain_finalise(), v7.3. ASIDs do not run out here.
    private static Errno Finalise(SmmuV3Master master, SmmuV3Stage stage, uint flags, out IommuDomain? domain)
    {
        const string Site = "arm_smmu_domain_finalise";
        domain = null;
        if (!master.Machine.Heap.CanAllocate("alloc_io_pgtable_ops"))
            return Errno.ENOMEM;
        var vmid = stage == SmmuV3Stage.Second ? SmmuV3Unit.Of(master.Iommu).Vmids.Allocate() : 0;
        if (vmid < 0)
            return Errno.ENOSPC;
        var bits = stage == SmmuV3Stage.First ? InputBits : master.Profile.OutputBits;
        var kind = new DomainKind(DomainType.Unmanaged, s_ops)
        {
            ApertureEnd = (1UL << bits) - 1,
            PgsizeBitmap = PageSizes,
            DirtyOps = (flags & Dirty) != 0 ? s_dirtyOps : null,
        };
        var made = new SmmuV3PagingDomain(kind)
        {
            Stage = stage,
            Smmu = master.Iommu,
            Profile = master.Profile,
            Vmid = vmid,
        };
        domain = master.Machine.Heap.Track(made, Site);
        return Errno.OK;
    }
}
