using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_CMD until 6.7: 56 bytes, of which no member of the union is named.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestCmd
{
    [FieldOffset(0)]
    public uint Size;

    [FieldOffset(4)]
    public uint Op;

    [FieldOffset(8)]
    public uint Id;

    [FieldOffset(12)]
    public uint Reserved;

    [FieldOffset(48)]
    public uint Last;
}
