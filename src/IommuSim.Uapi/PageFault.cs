namespace IommuSim.Uapi;

/// <summary>IOMMU_FAULT_QUEUE_ALLOC, from 6.11 on.</summary>
[UapiStruct("iommu_fault_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC, "out_fault_fd")]
public struct FaultAllocCmd
{
    public uint Size;
    public uint Flags;
    public uint OutFaultId;
    public uint OutFaultFd;
}

/// <summary>Flags, permissions and response codes of page faults.</summary>
public static class PgfaultConstants
{
    public const uint IOMMU_PGFAULT_FLAGS_PASID_VALID = 1u << 0;
    public const uint IOMMU_PGFAULT_FLAGS_LAST_PAGE = 1u << 1;

    public const uint IOMMU_PGFAULT_PERM_READ = 1u << 0;
    public const uint IOMMU_PGFAULT_PERM_WRITE = 1u << 1;
    public const uint IOMMU_PGFAULT_PERM_EXEC = 1u << 2;
    public const uint IOMMU_PGFAULT_PERM_PRIV = 1u << 3;

    public const uint IOMMUFD_PAGE_RESP_SUCCESS = 0;
    public const uint IOMMUFD_PAGE_RESP_INVALID = 1;
}

/// <summary>A page fault as it is read from a fault queue.</summary>
[UapiStruct("iommu_hwpt_pgfault", "linux-6.12")]
public struct HwptPgfault
{
    public uint Flags;
    public uint DevId;
    public uint Pasid;
    public uint Grpid;
    public uint Perm;
    public uint Reserved;
    public ulong Addr;
    public uint Length;
    public uint Cookie;
}

/// <summary>The response to a group of page faults, as it is written to the fault queue.</summary>
[UapiStruct("iommu_hwpt_page_response", "linux-6.12")]
public struct HwptPageResponse
{
    public uint Cookie;
    public uint Code;
}
