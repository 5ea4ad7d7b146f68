using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_ADD_RESERVED.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestAddReserved
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
    public ulong Start;

    [FieldOffset(24)]
    public ulong Length;

    [FieldOffset(48)]
    public uint Last;
}
