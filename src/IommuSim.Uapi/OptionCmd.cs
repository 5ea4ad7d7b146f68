using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_OPTION. Val64 is the value to set, or on return the one that was asked for.</summary>
[UapiStruct("iommu_option", "base")]
[Ioctl(IoctlNumber.IOMMU_OPTION, "val64")]
[StructLayout(LayoutKind.Sequential)]
public struct OptionCmd
{
    public uint Size;
    public uint OptionId;
    public ushort Op;
    public ushort Reserved;
    public uint ObjectId;
    public ulong Val64;
}
