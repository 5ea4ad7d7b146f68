using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_CMD until 6.7: 56 bytes, of which no member of the union is named.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
    private unsafe fixed byte _union[32];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_CMD from 6.7 on: the union is 16 bytes larger for dirty tracking.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCmd67
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;
    private unsafe fixed byte _union[48];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ADD_RESERVED.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestAddReserved
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the IOAS.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the first reserved address.</summary>
    public ulong Start;

    /// <summary>In: bytes.</summary>
    public ulong Length;
    private unsafe fixed byte _union[16];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN: Id is the IOAS or hwpt to attach to.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMockDomain
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the IOAS or hwpt to attach to.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: the object that stands for device and attachment.</summary>
    public uint OutStdevId;

    /// <summary>Out: the hwpt in use.</summary>
    public uint OutHwptId;

    /// <summary>Out: the device.</summary>
    public uint OutIdevId;
    private unsafe fixed byte _union[20];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS: as MOCK_DOMAIN, with flags of the device.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestMockDomainFlags
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the IOAS or hwpt to attach to.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: the object that stands for device and attachment.</summary>
    public uint OutStdevId;

    /// <summary>Out: the hwpt in use.</summary>
    public uint OutHwptId;

    /// <summary>Out: the device.</summary>
    public uint OutIdevId;

    /// <summary>In: a set of MOCK_FLAGS_DEVICE_*.</summary>
    public uint DevFlags;
    private unsafe fixed byte _union[32];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE: Id is the object of MOCK_DOMAIN.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMockDomainReplace
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object of MOCK_DOMAIN.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the IOAS or hwpt to move to.</summary>
    public uint PtId;
    private unsafe fixed byte _union[28];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_MAP: Id is the hwpt.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckMap
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the hwpt.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address of the program that must be mapped there.</summary>
    public ulong Uptr;
    private unsafe fixed byte _union[8];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_REFS: every page of a range is pinned Refs times.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCheckRefs
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: bytes, whole pages.</summary>
    public ulong Length;

    /// <summary>In: the address of the first page.</summary>
    public ulong Uptr;

    /// <summary>In: how often each page must be pinned.</summary>
    public uint Refs;
    private unsafe fixed byte _union[28];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMemoryLimit
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: bytes that a pin of many pages may use for its work.</summary>
    public uint Limit;
    private unsafe fixed byte _union[28];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB of v1 to v3: one value.</summary>
[UapiStruct("iommu_test_cmd", "v1/11")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckIotlbV1
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the nested hwpt.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the value that its IOTLB must hold.</summary>
    public uint Iotlb;
    private unsafe fixed byte _union[28];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB from v4 on: one of four values.</summary>
[UapiStruct("iommu_test_cmd", "v4")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckIotlb
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the nested hwpt.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: which of its values, from 0.</summary>
    public uint IotlbId;

    /// <summary>In: what it must be.</summary>
    public uint Iotlb;
    private unsafe fixed byte _union[24];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}
