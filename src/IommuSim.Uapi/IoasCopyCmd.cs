using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_IOAS_COPY. DstIova is where, or on return where it came to be.</summary>
[UapiStruct("iommu_ioas_copy", "base")]
[Ioctl(IoctlNumber.IOMMU_IOAS_COPY, "src_iova")]
[StructLayout(LayoutKind.Sequential)]
public struct IoasCopyCmd
{
    public uint Size;
    public uint Flags;
    public uint DstIoasId;
    public uint SrcIoasId;
    public ulong Length;
    public ulong DstIova;
    public ulong SrcIova;
}
