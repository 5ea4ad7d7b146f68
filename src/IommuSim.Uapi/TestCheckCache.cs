using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_DEV_CHECK_CACHE.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct TestCheckCache
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
    public uint CacheId;

    [FieldOffset(20)]
    public uint Cache;

    [FieldOffset(64)]
    public uint Last;
}
