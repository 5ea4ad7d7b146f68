using System.Runtime.InteropServices;

namespace IommuSim.Uapi;

/// <summary>IOMMU_TEST_OP_CREATE_ACCESS: Id is the IOAS.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestCreateAccess
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the IOAS.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>Out: the descriptor of the access.</summary>
    public uint OutAccessFd;

    /// <summary>In: 0 or MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES.</summary>
    public uint Flags;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DESTROY_ACCESS_PAGES: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDestroyAccessPages
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the descriptor of the access.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: what ACCESS_PAGES returned.</summary>
    public uint AccessPagesId;
    private unsafe fixed byte _union[44];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_PAGES: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessPages
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the descriptor of the access.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: a set of MOCK_FLAGS_ACCESS_*.</summary>
    public uint Flags;

    /// <summary>Out: what the pages are given back by.</summary>
    public uint OutAccessPagesId;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address of the program that must be mapped there.</summary>
    public ulong Uptr;
    private unsafe fixed byte _union[16];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_RW: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessRw
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the descriptor of the access.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes.</summary>
    public ulong Length;

    /// <summary>In: the address of the program's bytes.</summary>
    public ulong Uptr;

    /// <summary>In: a set of MOCK_FLAGS_ACCESS_WRITE and MOCK_ACCESS_RW_SLOW_PATH.</summary>
    public uint Flags;
    private unsafe fixed byte _union[20];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_ACCESS_REPLACE_IOAS: Id is the descriptor of the access.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestAccessReplaceIoas
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the descriptor of the access.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the IOAS to move to.</summary>
    public uint IoasId;
    private unsafe fixed byte _union[44];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DIRTY: Id is the hwpt.</summary>
[UapiStruct("iommu_test_cmd", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDirty
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the hwpt.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>In: the first I/O virtual address.</summary>
    public ulong Iova;

    /// <summary>In: bytes of I/O virtual addresses.</summary>
    public ulong Length;

    /// <summary>In: bytes for which a bit stands.</summary>
    public ulong PageSize;

    /// <summary>In: the address of the bitmap of pages to make dirty.</summary>
    public ulong Uptr;

    /// <summary>Out: how many pages became dirty.</summary>
    public ulong OutNrDirty;

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DMABUF_GET: returns a descriptor.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.0")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDmabufGet
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: bytes of the dma-buf.</summary>
    public uint Length;

    /// <summary>In: flags of the new descriptor, as for open(2).</summary>
    public uint OpenFlags;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}

/// <summary>IOMMU_TEST_OP_DMABUF_REVOKE.</summary>
[UapiStruct("iommu_test_cmd", "linux-7.0")]
[Ioctl(IoctlNumber.IOMMU_TEST_CMD, "last")]
[StructLayout(LayoutKind.Sequential, Size = 72)]
public struct TestDmabufRevoke
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: the operation, one of IOMMU_TEST_OP_*.</summary>
    public uint Op;

    /// <summary>In: the object that the operation is on.</summary>
    public uint Id;

    /// <summary>In: must be 0.</summary>
    public uint Reserved;

    /// <summary>In: the descriptor of the dma-buf.</summary>
    public int DmabufFd;

    /// <summary>In: 1 takes its memory away, 0 gives it back.</summary>
    public uint Revoked;
    private unsafe fixed byte _union[40];

    /// <summary>Ends the struct for its minimum size; not read.</summary>
    public uint Last;
}
