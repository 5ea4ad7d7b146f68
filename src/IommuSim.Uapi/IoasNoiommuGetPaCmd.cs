using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_NOIOMMU_GET_PA. Iova, Length and OutPhys are bytes.</summary>
[UapiStruct("iommu_ioas_noiommu_get_pa", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_NOIOMMU_GET_PA, "out_phys")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasNoiommuGetPaCmd
{
    public uint Size;
    public uint Flags;
    public uint IoasId;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong OutPhys;
}
