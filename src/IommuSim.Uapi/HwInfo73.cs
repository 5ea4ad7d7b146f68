using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_GET_HW_INFO of 7.3: the caller can ask for a type, in the place of the answer.</summary>
[UapiStruct("iommu_hw_info", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_GET_HW_INFO, "__reserved")]
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct HwInfo73
{
    [FieldOffset(0)]
    public uint Size;

    [FieldOffset(4)]
    public uint Flags;

    [FieldOffset(8)]
    public uint DevId;

    [FieldOffset(12)]
    public uint DataLen;

    [FieldOffset(16)]
    public ulong DataUptr;

    /// <summary>Looked at with IOMMU_HW_INFO_FLAG_INPUT_TYPE only.</summary>
    [FieldOffset(24)]
    public uint InDataType;

    [FieldOffset(24)]
    public uint OutDataType;

    /// <summary>Bits; 0 for a device without PASIDs.</summary>
    [FieldOffset(28)]
    public byte OutMaxPasidLog2;

    [FieldOffset(29)]
    public Bytes3 Reserved;

    [FieldOffset(32)]
    public ulong OutCapabilities;
}
