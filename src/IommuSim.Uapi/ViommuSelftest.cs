using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>Data of a vIOMMU of the mock (IOMMU_VIOMMU_TYPE_SELFTEST).</summary>
[UapiStruct("iommu_viommu_selftest", "linux-7.3")]
[StructLayout(LayoutKind.Sequential)]
public struct ViommuSelftest
{
    public uint InData;
    public uint OutData;
    public ulong OutMmapOffset;
    public ulong OutMmapLength;
}
