using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN: Id is the IOAS or hwpt to attach to.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestMockDomain
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
    public uint OutStdevId;

    [FieldOffset(20)]
    public uint OutHwptId;

    [FieldOffset(24)]
    public uint OutIdevId;

    [FieldOffset(48)]
    public uint Last;
}
