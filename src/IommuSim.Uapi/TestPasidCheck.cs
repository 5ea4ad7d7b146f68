using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_PASID_CHECK_HWPT: with HwptId 0, whether the PASID is not attached.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct TestPasidCheck
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
    public uint Pasid;

    [FieldOffset(20)]
    public uint HwptId;

    [FieldOffset(64)]
    public uint Last;
}
