using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>The capability registers as GET_HW_INFO returns them, raw.</summary>
internal static class VtdHwInfo
{
    // Models drivers/iommu/intel/iommu.c:intel_iommu_hw_info(), v1/vtd and v6.6.
    public static Errno Plain(IommuDevice device, Span<byte> data, out int length, ref uint type) =>
        Write(device, 0, data, out length, ref type);

    /// <summary>Says besides that the parent of a nested domain may hold no read-only mapping.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_hw_info(), v6.7.
    public static Errno WithErrata(IommuDevice device, Span<byte> data, out int length, ref uint type) =>
        Write(device, VtdConstants.IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17, data, out length, ref type);

    /// <summary>EOPNOTSUPP for another type than the driver's, before it needs memory.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_hw_info(), v7.3.
    public static Errno OfType(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        return type is HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT or HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD
            ? WithErrata(device, data, out length, ref type)
            : Errno.EOPNOTSUPP;
    }

    private static Errno Write(IommuDevice device, uint flags, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        type = HwInfoType.IOMMU_HW_INFO_TYPE_INTEL_VTD;
        if (!device.Machine.Heap.CanAllocate("intel_iommu_hw_info"))
            return Errno.ENOMEM;
        var profile = ((VtdDevice)device).Profile;
        var info = new HwInfoVtd
        {
            Flags = flags,
            CapReg = profile.Cap,
            EcapReg = profile.Ecap,
        };
        length = StructBytes.Write(data, info);
        return Errno.OK;
    }
}
