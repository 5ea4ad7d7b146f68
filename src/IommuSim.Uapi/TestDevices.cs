using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_TRIGGER_IOPF.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestTriggerIopf
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the device that faults.</summary>
    public uint DevId;

    /// <summary>In: the PASID of the fault; all ones for none.</summary>
    public uint Pasid;

    /// <summary>In: the group of the fault.</summary>
    public uint Grpid;

    /// <summary>In: the access, a set of IOMMU_PGFAULT_PERM_*.</summary>
    public uint Perm;

    /// <summary>In: the address that faults.</summary>
    public ulong Addr;
    private unsafe fixed byte _union[24];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DEV_CHECK_CACHE.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCheckCache
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the device.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: which of its values, from 0.</summary>
    public uint CacheId;

    /// <summary>In: what it must be.</summary>
    public uint Cache;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_TRIGGER_VEVENT.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestTriggerVevent
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the device of which the vIOMMU reports an event.</summary>
    public uint DevId;
    private unsafe fixed byte _union[44];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_ATTACH and PASID_REPLACE: Id is that of MOCK_DOMAIN's device.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidAttach
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object of MOCK_DOMAIN.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the PASID.</summary>
    public uint Pasid;

    /// <summary>In: the IOAS or the parent hwpt.</summary>
    public uint PtId;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_DETACH: Id is that of MOCK_DOMAIN's device.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidDetach
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object of MOCK_DOMAIN.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the PASID.</summary>
    public uint Pasid;
    private unsafe fixed byte _union[44];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_CHECK_HWPT: with HwptId 0, whether the PASID is not attached.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.15")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidCheck
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object of MOCK_DOMAIN.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the PASID.</summary>
    public uint Pasid;

    /// <summary>In: the hwpt that it must be attached to; 0 for none.</summary>
    public uint HwptId;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}
