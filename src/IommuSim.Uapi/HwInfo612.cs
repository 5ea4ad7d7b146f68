using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_GET_HW_INFO from 6.12.117 on: a byte of what was reserved tells the width of PASIDs.</summary>
[UapiStruct("iommu_hw_info", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwInfo612
{
    public uint Size;
    public uint Flags;
    public uint DevId;
    public uint DataLen;
    public ulong DataUptr;
    public uint OutDataType;

    /// <summary>Bits; 0 for a device without PASIDs.</summary>
    public byte OutMaxPasidLog2;
    public Bytes3 Reserved;
    public ulong OutCapabilities;
}
