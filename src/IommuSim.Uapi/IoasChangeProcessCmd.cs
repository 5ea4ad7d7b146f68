using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_CHANGE_PROCESS.</summary>
[UapiStruct("iommu_ioas_change_process", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_IOAS_CHANGE_PROCESS, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasChangeProcessCmd
{
    public uint Size;
    public uint Reserved;
}
