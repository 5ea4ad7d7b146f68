using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_TRIGGER_IOPF.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct TestTriggerIopf
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
    public uint DevId;

    [FieldOffset(20)]
    public uint Pasid;

    [FieldOffset(24)]
    public uint Grpid;

    [FieldOffset(28)]
    public uint Perm;

    [FieldOffset(32)]
    public ulong Addr;

    [FieldOffset(64)]
    public uint Last;
}
