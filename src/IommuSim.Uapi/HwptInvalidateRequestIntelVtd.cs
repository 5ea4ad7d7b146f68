using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>One of the requests behind <see cref="HwptInvalidateIntelVtdV2"/>.</summary>
[UapiStruct("iommu_hwpt_invalidate_request_intel_vtd", "v2")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptInvalidateRequestIntelVtd
{
    public ulong Addr;
    public ulong Npages;
    public uint Flags;
    public uint Reserved;
}
