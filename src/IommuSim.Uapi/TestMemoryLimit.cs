using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 56)]
public struct TestMemoryLimit
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
    public uint Limit;

    [FieldOffset(48)]
    public uint Last;
}
