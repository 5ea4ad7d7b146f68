using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>The answer to a group of page faults, as it is written to the fault queue.</summary>
[UapiStruct("iommu_hwpt_page_response", "linux-6.12")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptPageResponse
{
    public uint Cookie;
    public uint Code;
}
