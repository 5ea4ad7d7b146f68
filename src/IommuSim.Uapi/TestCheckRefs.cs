using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_MD_CHECK_REFS: every page of a range is pinned Refs times.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct TestCheckRefs
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
    public ulong Length;

    [FieldOffset(24)]
    public ulong Uptr;

    [FieldOffset(32)]
    public uint Refs;

    [FieldOffset(64)]
    public uint Last;
}
