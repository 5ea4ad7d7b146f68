using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS: as MOCK_DOMAIN, with flags of the device.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct TestMockDomainFlags
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

    [FieldOffset(28)]
    public uint DevFlags;

    [FieldOffset(64)]
    public uint Last;
}
