using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>A page fault as it is read from a fault queue.</summary>
[UapiStruct("iommu_hwpt_pgfault", "linux-6.12")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptPgfault
{
    public uint Flags;
    public uint DevId;
    public uint Pasid;
    public uint Grpid;
    public uint Perm;
    public uint Reserved;
    public ulong Addr;
    public uint Length;
    public uint Cookie;
}
