using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_DESTROY.</summary>
[UapiStruct("iommu_destroy", "base")]
[Ioctl(IoctlNumber.IOMMU_DESTROY, "id")]
[StructLayout(LayoutKind.Sequential)]
public struct DestroyCmd
{
    public uint Size;
    public uint Id;
}
