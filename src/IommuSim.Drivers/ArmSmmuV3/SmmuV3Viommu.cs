using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>
/// A guest's SMMU on a second stage. Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c:struct arm_vsmmu,
/// v7.3.
/// </summary>
internal sealed class SmmuV3Viommu(SmmuV3PagingDomain parent)
{
    private const ulong Valid = 1;
    private const ulong ConfigMask = 7UL << 1;
    private const ulong ConfigAbort = 0UL << 1;
    private const ulong ConfigBypass = 4UL << 1;
    private const ulong ConfigTranslate = 5UL << 1;
    private const int EatsShift = 28;

    /// <summary>V, Config, S1Fmt, S1ContextPtr, S1CDMax.</summary>
    private const ulong AllowedFirst = 0xf80f_ffff_ffff_ffff;

    /// <summary>S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS.</summary>
    private const ulong AllowedSecond = 0xff | (1UL << 27) | (3UL << EatsShift);

    private static readonly ViommuOps s_ops = new("arm_vsmmu_ops")
    {
        AllocDomainNested = AllocateNested,
        CacheInvalidate = SmmuV3ViommuInvalidation.Invalidate,
        VdeviceInit = InitVdevice,
    };

    public SmmuV3PagingDomain Parent { get; } = parent;

    /// <summary>NVIDIA's interface to command queues; null for a plain vIOMMU.</summary>
    public Tegra241Vintf? Vintf { get; init; }

    /// <summary>0 for a unit that cannot nest, a device that a guest could make incoherent, another type.</summary>
    // Models arm_smmu_get_viommu_size(), v7.3.
    public static int GetSize(IommuDevice device, uint type)
    {
        var master = (SmmuV3Master)device;
        if (!master.Profile.CanNest || (!master.IsCoherent && !master.Profile.HasForcedWriteBack))
            return 0;
        return type switch
        {
            ViommuConstants.IOMMU_VIOMMU_TYPE_ARM_SMMUV3 => ViommuOps.CoreViommuSize + 24,
            ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV when master.HasCommandQueues => ViommuOps.CoreViommuSize
                + 128,
            _ => 0,
        };
    }

    /// <summary>EINVAL for a parent on another SMMU; with command queues what they need.</summary>
    // Models arm_vsmmu_init(), v7.3.
    public static Errno Init(IViommu viommu, IommuDomain parent, in UserData data)
    {
        if (parent is not SmmuV3PagingDomain own)
        {
            viommu.Machine.Report(
                ReportKind.SlabOutOfBounds,
                "arm_vsmmu_init",
                "the parent is another driver's domain"
            );
            return Errno.EINVAL;
        }

        if (!ReferenceEquals(own.Smmu, viommu.Iommu))
            return Errno.EINVAL;
        if (viommu.Type == ViommuConstants.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV)
            return Tegra241Vintf.Init(viommu, own, in data);
        viommu.Private = new SmmuV3Viommu(own);
        viommu.Ops = s_ops;
        return Errno.OK;
    }

    /// <summary>
    /// EOPNOTSUPP for flags, EINVAL or EFAULT for the data, EIO for an entry that the guest may not have, ENOMEM.
    /// </summary>
    // Models arm_vsmmu_alloc_domain_nested(), v7.3.
    public static Errno AllocateNested(IViommu viommu, uint flags, in UserData data, out IommuDomain? domain)
    {
        const string Site = "arm_vsmmu_alloc_domain_nested";
        domain = null;
        if (flags != 0)
            return Errno.EOPNOTSUPP;
        var rc = UserDataCopy.CopyStruct(
            viommu.Machine,
            in data,
            HwptType.IOMMU_HWPT_DATA_ARM_SMMUV3,
            2 * sizeof(ulong),
            out HwptArmSmmuV3Ste arg
        );
        if (rc == Errno.OK)
            rc = Validate(arg.Ste[0], arg.Ste[1]);
        if (rc != Errno.OK)
            return rc;
        if (!viommu.Machine.Heap.CanAllocate(Site))
            return Errno.ENOMEM;
        var nested = new SmmuV3NestedDomain(SmmuV3Attach73.Nested)
        {
            Viommu = viommu,
            Translates = (arg.Ste[0] & Valid) != 0 && (arg.Ste[0] & ConfigMask) == ConfigTranslate,
        };
        domain = viommu.Machine.Heap.Track(nested, Site);
        return Errno.OK;
    }

    /// <summary>
    /// EIO for bits, a configuration or an ATS mode that a guest may not set. What is not valid may be anything.
    /// </summary>
    // Models arm_smmu_validate_vste(), v7.3.
    private static Errno Validate(ulong first, ulong second)
    {
        if ((first & Valid) == 0)
            return Errno.OK;
        if ((first & ~AllowedFirst) != 0 || (second & ~AllowedSecond) != 0)
            return Errno.EIO;
        if ((first & ConfigMask) is not (ConfigAbort or ConfigBypass or ConfigTranslate))
            return Errno.EIO;
        return ((second >> EatsShift) & 3) <= 1 ? Errno.OK : Errno.EIO;
    }

    /// <summary>EOPNOTSUPP for a device with other than one stream: the guest numbers only one.</summary>
    // Models arm_vsmmu_vdevice_init(), v7.3.
    private static Errno InitVdevice(IVdevice vdevice) =>
        ((SmmuV3Master)vdevice.Device).StreamCount == 1 ? Errno.OK : Errno.EOPNOTSUPP;
}
