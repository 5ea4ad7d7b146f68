using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_HWPT_INVALIDATE as merged: EntryNum returns the number of entries handled.</summary>
[UapiStruct("iommu_hwpt_invalidate", "linux-6.8")]
[Ioctl(IoctlNumber.IOMMU_HWPT_INVALIDATE, "__reserved")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidate68
{
    public uint Size;
    public uint HwptId;
    public ulong DataUptr;
    public uint DataType;
    public uint EntryLen;
    public uint EntryNum;
    public uint Reserved;
}
