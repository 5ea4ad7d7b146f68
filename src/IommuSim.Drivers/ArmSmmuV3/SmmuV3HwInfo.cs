using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.ArmSmmuV3;

/// <summary>The identification registers as GET_HW_INFO returns them, raw.</summary>
internal static class SmmuV3HwInfo
{
    private const uint Stage2 = 1u << 0;
    private const uint Stage1 = 1u << 1;
    private const uint Coherent = 1u << 4;
    private const int SsidSizeShift = 6;
    private const uint RangeInvalidation = 1u << 10;

    /// <summary>AArch64 tables, ATS, 16-bit ASIDs and VMIDs, two-level CD and stream tables.</summary>
    private const uint Idr0 = (2u << 2) | (1u << 10) | (1u << 12) | (1u << 18) | (1u << 19) | (1u << 27);

    /// <summary>16 bits of stream id.</summary>
    private const uint Idr1 = 16;

    /// <summary>48 bits of output address, pages of 4K and 64K.</summary>
    private const uint Idr5 = 5 | (1u << 4) | (1u << 6);

    /// <summary>ENOMEM.</summary>
    // Models drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_hw_info(), v1/smmuv3.
    public static Errno Write(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        type = HwInfoType.IOMMU_HW_INFO_TYPE_ARM_SMMUV3;
        if (!device.Machine.Heap.CanAllocate("arm_smmu_hw_info"))
            return Errno.ENOMEM;
        var master = (SmmuV3Device)device;
        HwInfoSmmuV3 info = default;
        info.Idr[0] = Idr0 | Bit(master.HasStage1, Stage1) | Bit(master.HasStage2, Stage2);
        info.Idr[0] |= Bit(master.CacheCoherency, Coherent);
        info.Idr[1] = Idr1 | ((uint)master.SsidBits << SsidSizeShift);
        info.Idr[3] = Bit(master.HasRangeInvalidation, RangeInvalidation);
        info.Idr[5] = Idr5;
        length = StructBytes.Write(data, info);
        return Errno.OK;
    }

    private static uint Bit(bool isSet, uint bit) => isSet ? bit : 0;
}
