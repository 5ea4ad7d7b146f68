using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of the mock's hw_pagetables in 7.3, paging and nested ones alike.</summary>
[UapiStruct("iommu_hwpt_selftest", "linux-7.3")]
[StructLayout(LayoutKind.Sequential)]
public struct HwptSelftest73
{
    public uint Iotlb;

    /// <summary>MOCK_IOMMUPT_*; paging ones only.</summary>
    public uint PagetableType;
}
