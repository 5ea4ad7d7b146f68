using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_CREATE_ACCESS: Id is the IOAS.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCreateAccess
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint OutAccessFd;
    public uint Flags;
    private unsafe fixed byte _union[40];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DESTROY_ACCESS_PAGES: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDestroyAccessPages
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint AccessPagesId;
    private unsafe fixed byte _union[44];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_PAGES: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessPages
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Flags;
    public uint OutAccessPagesId;
    public ulong Iova;
    public ulong Length;
    public ulong Uptr;
    private unsafe fixed byte _union[16];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_RW: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessRw
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public ulong Iova;
    public ulong Length;
    public ulong Uptr;
    public uint Flags;
    private unsafe fixed byte _union[20];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_REPLACE_IOAS: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessReplaceIoas
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint IoasId;
    private unsafe fixed byte _union[44];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DIRTY: Id is the hwpt.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDirty
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Flags;
    public ulong Iova;
    public ulong Length;
    public ulong PageSize;
    public ulong Uptr;
    public ulong OutNrDirty;
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DMABUF_GET: returns a descriptor.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDmabufGet
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public uint Length;
    public uint OpenFlags;
    private unsafe fixed byte _union[40];
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DMABUF_REVOKE.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.3")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDmabufRevoke
{
    public uint Size;
    public uint Op;
    public uint Id;
    public uint Reserved;
    public int DmabufFd;
    public uint Revoked;
    private unsafe fixed byte _union[40];
    public uint Last;
}
