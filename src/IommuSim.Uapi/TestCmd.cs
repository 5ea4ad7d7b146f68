using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_CMD until 6.7: 56 bytes, of which no member of the union is named.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCmd
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    private unsafe fixed byte _union[32];
    public uint Last;
}

/// <summary>IOMMU_TEST_CMD from 6.7 on: the union is 16 bytes larger for dirty tracking.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCmd67
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    private unsafe fixed byte _union[48];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ADD_RESERVED.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestAddReserved
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public ulong Start;
    public ulong Length;
    private unsafe fixed byte _union[16];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN: Id is the IOAS or hwpt to attach to.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMockDomain
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint OutStdevId;
    public uint OutHwptId;
    public uint OutIdevId;
    private unsafe fixed byte _union[20];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS: as MOCK_DOMAIN, with flags of the device.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestMockDomainFlags
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint OutStdevId;
    public uint OutHwptId;
    public uint OutIdevId;
    public uint DevFlags;
    private unsafe fixed byte _union[32];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE: Id is the object of MOCK_DOMAIN.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMockDomainReplace
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint PtId;
    private unsafe fixed byte _union[28];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_MAP: Id is the hwpt.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckMap
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong Uptr;
    private unsafe fixed byte _union[8];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_REFS: every page of a range is pinned Refs times.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.7")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCheckRefs
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public ulong Length;
    public ulong Uptr;
    public uint Refs;
    private unsafe fixed byte _union[28];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT.</summary>
[UapiStruct("iommu_test_cmd", "base")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestMemoryLimit
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Limit;
    private unsafe fixed byte _union[28];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB of v1 to v3: one value.</summary>
[UapiStruct("iommu_test_cmd", "v1/11")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckIotlbV1
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Iotlb;
    private unsafe fixed byte _union[28];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_MD_CHECK_IOTLB from v4 on: one of four values.</summary>
[UapiStruct("iommu_test_cmd", "v4")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct TestCheckIotlb
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint IotlbId;
    public uint Iotlb;
    private unsafe fixed byte _union[24];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_TRIGGER_IOPF.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestTriggerIopf
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint DevId;
    public uint Pasid;
    public uint Grpid;
    public uint Perm;
    public ulong Addr;
    private unsafe fixed byte _union[24];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DEV_CHECK_CACHE.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCheckCache
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint CacheId;
    public uint Cache;
    private unsafe fixed byte _union[40];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_TRIGGER_VEVENT.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestTriggerVevent
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint DevId;
    private unsafe fixed byte _union[44];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_ATTACH and PASID_REPLACE: Id is that of MOCK_DOMAIN's device.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidAttach
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Pasid;
    public uint PtId;
    private unsafe fixed byte _union[40];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_DETACH: Id is that of MOCK_DOMAIN's device.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidDetach
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Pasid;
    private unsafe fixed byte _union[44];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_PASID_CHECK_HWPT: with HwptId 0, whether the PASID is not attached.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestPasidCheck
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Pasid;
    public uint HwptId;
    private unsafe fixed byte _union[40];
    public uint Last;
}
