using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB of v1 to v3: one value.</summary>
[UapiStruct("iommu_test_cmd", "v1/11")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestCheckIotlbV1
{
    [FieldOffset(0)]
    public uint Size;

    [FieldOffset(4)]
    public uint Op;

    [FieldOffset(8)]
    public uint Id;

    [FieldOffset(12)]
    public uint Reserved;

    [FieldOffset(16)]
    public uint Iotlb;

    [FieldOffset(48)]
    public uint Last;
}
