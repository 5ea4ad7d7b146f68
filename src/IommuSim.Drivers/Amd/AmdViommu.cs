using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Amd;

/// <summary>
/// A guest's IOMMU, on which nothing nests: 7.3 has the functions for a guest's device table entries, and no op leads
/// to them. Models drivers/iommu/amd/iommufd.c, v7.3.
/// </summary>
internal static class AmdViommu
{
    private static readonly ViommuOps s_ops = new("amd_viommu_ops") { Destroy = static _ => { } };

    /// <summary>The feature registers; EOPNOTSUPP for the information of another driver, ENOMEM.</summary>
    // Models amd_iommufd_hw_info(), v7.3.
    public static Errno HwInfo(IommuDevice device, Span<byte> data, out int length, ref uint type)
    {
        length = 0;
        if (type is not (HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT or HwInfoType.IOMMU_HW_INFO_TYPE_AMD))
            return Errno.EOPNOTSUPP;
        if (!device.Machine.Heap.CanAllocate("amd_iommufd_hw_info"))
            return Errno.ENOMEM;
        type = HwInfoType.IOMMU_HW_INFO_TYPE_AMD;
        var profile = ((AmdDevice)device).Profile;
        length = StructBytes.Write(data, new HwInfoAmd { Efr = profile.Efr, Efr2 = profile.Efr2 });
        return Errno.OK;
    }

    /// <summary>Of whatever type: the driver does not look at it.</summary>
    // Models amd_iommufd_get_viommu_size(), v7.3.
    public static int GetSize(IommuDevice device, uint type) => ViommuOps.CoreViommuSize + 40;

    /// <summary>It takes any parent, also one of another IOMMU.</summary>
    // Models amd_iommufd_viommu_init(), v7.3: the list that the vIOMMU enters, under a lock, is in the parent.
    public static Errno Init(IViommu viommu, IommuDomain parent, in UserData data)
    {
        if (parent is not AmdDomain)
            viommu.Machine.Report(
                ReportKind.SlabOutOfBounds,
                "amd_iommufd_viommu_init",
                "the parent is another driver's domain"
            );
        viommu.Ops = s_ops;
        return Errno.OK;
    }
}
