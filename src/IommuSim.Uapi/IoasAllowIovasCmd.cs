using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_ALLOW_IOVAS: AllowedIovas points to NumIovas ranges.</summary>
[UapiStruct("iommu_ioas_allow_iovas", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_ALLOW_IOVAS, "allowed_iovas")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasAllowIovasCmd
{
    public uint Size;
    public uint IoasId;
    public uint NumIovas;
    public uint Reserved;
    public ulong AllowedIovas;
}
