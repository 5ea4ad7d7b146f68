using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Allocates domains. Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.</summary>
internal static class SmmuV3Allocation
{
    private const string Alloc = "arm_smmu_domain_alloc";
    private const string AllocUserSite = "arm_smmu_domain_alloc_user";
    private const string Finalise = "arm_smmu_domain_finalise";
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);
    private const ulong LastAddress = (1UL << 48) - 1;

    private static readonly DomainKind s_paging = new(DomainType.Unmanaged, SmmuV3DomainOps.Paging)
    {
        ApertureEnd = LastAddress,
        PgsizeBitmap = PageSizes,
    };

    private static readonly DomainKind s_nested = new(DomainType.Nested, SmmuV3DomainOps.Nested) { ApertureEnd = 0 };

    /// <summary>
    /// An unfinalised paging domain; null for any other type, so that blocking takes a paging
    /// domain too.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_domain_alloc(), v6.2. Page sizes and aperture, which C learns
    // when a device attaches, are those of 48 bits and 4K pages from the start.
    public static IommuDomain? Allocate(IommuDevice device, DomainType type)
    {
        if (type != DomainType.Unmanaged || !device.Machine.Heap.CanAllocate(Alloc))
            return null;
        return device.Machine.Heap.Track(NewPaging(device), Alloc);
    }

    /// <summary>
    /// Finalises at once. EINVAL for a parent that is not a second stage of this driver, or for
    /// stages that the SMMU lacks; ENOMEM. C returns NULL for all of them.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_domain_alloc_user(), v1/smmuv3. It does not see whether the parent was allocated
    // for another SMMU.
    public static Errno AllocateForUser(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is not null && data.Copied is null && !device.Machine.Has(Bug.B12))
            return Errno.EINVAL;
        if (parent is not null && !ReferenceEquals(parent.Ops, SmmuV3DomainOps.Paging))
            return Errno.EINVAL;
        var secondStage = (SmmuV3Domain?)parent;
        if (secondStage is not null && secondStage.Stage != SmmuV3Stage.Second)
            return Errno.EINVAL;
        var machine = device.Machine;
        if (!machine.Heap.CanAllocate(AllocUserSite))
            return Errno.ENOMEM;
        var made = secondStage is null ? NewPaging(device) : NewNested(device, secondStage);
        machine.Heap.Track(made, AllocUserSite);
        var master = (SmmuV3Device)device;
        var rc = secondStage is null
            ? FinalisePaging(made, master, data.Copied)
            : FinaliseNested(made, master, data.Copied);
        if (rc == Errno.OK)
            domain = made;
        else
            machine.Heap.Free(made, AllocUserSite);
        return rc;
    }

    /// <summary>
    /// Binds a paging domain to the device's SMMU. EINVAL when the user wants a second stage that
    /// the SMMU lacks, ENOMEM. ASIDs and VMIDs never run out here.
    /// </summary>
    // Models arm-smmu-v3.c:arm_smmu_domain_finalise(), v1/smmuv3; without data, v6.2.
    public static Errno FinalisePaging(SmmuV3Domain domain, SmmuV3Device master, KernelBuffer? data)
    {
        var heap = master.Machine.Heap;
        var wantsSecond = data is not null && WantsSecondStage(master, data);
        if (wantsSecond && !master.HasStage2)
            return Errno.EINVAL;
        domain.Stage = wantsSecond || !master.HasStage1 ? SmmuV3Stage.Second : SmmuV3Stage.First;
        if (!heap.CanAllocate("alloc_io_pgtable_ops"))
            return Errno.ENOMEM;
        if (domain.Stage == SmmuV3Stage.First)
        {
            if (!heap.CanAllocate("arm_smmu_alloc_cd_tables"))
                return Errno.ENOMEM;
            domain.ContextDescriptorBits = master.SsidBits;
            domain.Stalls = master.Stalls;
        }

        domain.Unit = master.Unit;
        return Errno.OK;
    }

    // Models arm-smmu-v3.c:arm_smmu_domain_finalise(), v1/smmuv3. Of the data only the index bits
    // matter here; flags, VMID and S1DSS are never read.
    private static Errno FinaliseNested(SmmuV3Domain domain, SmmuV3Device master, KernelBuffer? data)
    {
        if (!master.HasStage1 || !master.HasStage2)
            return Errno.EINVAL;
        var copied = master.Machine.Heap.Deref(data, Finalise, "user_cfg");
        var config = copied.Read<HwptArmSmmuV3>(master.Machine, Finalise);
        domain.Stage = SmmuV3Stage.First;
        domain.ContextDescriptorBits = (byte)config.S1cdmax;
        domain.UsesRangeCommands = master.HasRangeInvalidation;
        domain.Unit = master.Unit;
        return Errno.OK;
    }

    private static bool WantsSecondStage(SmmuV3Device master, KernelBuffer data)
    {
        var config = data.Read<HwptArmSmmuV3>(master.Machine, Finalise);
        return (config.Flags & SmmuV3Constants.IOMMU_SMMUV3_FLAG_S2) != 0;
    }

    private static SmmuV3Domain NewPaging(IommuDevice device) => new(s_paging) { Machine = device.Machine };

    private static SmmuV3Domain NewNested(IommuDevice device, SmmuV3Domain parent) =>
        new(s_nested) { Machine = device.Machine, Parent = parent };
}
