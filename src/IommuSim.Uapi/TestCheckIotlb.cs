using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB from v4 on: one of four values.</summary>
[UapiStruct("iommu_test_cmd", "v4")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestCheckIotlb
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
    public uint IotlbId;

    [FieldOffset(20)]
    public uint Iotlb;

    [FieldOffset(48)]
    public uint Last;
}
