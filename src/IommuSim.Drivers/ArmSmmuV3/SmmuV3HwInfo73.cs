using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>Hardware information of 7.3: the registers raw, or what NVIDIA's command queues are.</summary>
internal static class SmmuV3HwInfo73
{
    /// <summary>EOPNOTSUPP for a type that the SMMU does not have, ENOMEM.</summary>
    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c:arm_smmu_hw_info() and
    // tegra241-cmdqv.c:tegra241_cmdqv_hw_info(), v7.3.
    public static Errno Write(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        var master = (SmmuV3Master)device;
        switch (type)
        {
            case HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT or HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3:
                type = HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3;
                if (!device.Machine.Heap.CanAllocate("arm_smmu_hw_info"))
                    return Errno.ENOMEM;
                length = StructBytes.Write(data, RegistersOf(master.Profile));
                return Errno.OK;
            case HwInfoType.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV when master.HasCommandQueues:
                if (!device.Machine.Heap.CanAllocate("tegra241_cmdqv_hw_info"))
                    return Errno.ENOMEM;
                length = StructBytes.Write(data, Tegra241Vintf.HwInfo);
                return Errno.OK;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    private static HwInfoArmSmmuV3 RegistersOf(in SmmuV3Profile profile)
    {
        HwInfoArmSmmuV3 info = default;
        info.Idr[0] = profile.Idr0;
        info.Idr[1] = profile.Idr1;
        info.Idr[3] = profile.Idr3;
        info.Idr[5] = profile.Idr5;
        info.Iidr = SmmuV3Profile.Iidr;
        info.Aidr = SmmuV3Profile.Aidr;
        return info;
    }
}
