namespace IommuSim.Uapi;

/// <summary>IOMMU_FAULT_QUEUE_ALLOC, from 6.11 on.</summary>
[UapiStruct("iommu_fault_alloc", "linux-6.12")]
[Ioctl(IoctlNumber.IOMMU_FAULT_QUEUE_ALLOC, "out_fault_fd")]
public struct FaultAllocCmd
{
    /// <summary>In: bytes of the struct that the caller passes.</summary>
    public uint Size;

    /// <summary>In: must be 0, no flag is known.</summary>
    public uint Flags;

    /// <summary>Out: the fault queue.</summary>
    public uint OutFaultId;

    /// <summary>Out: the descriptor by which page faults are read and answered.</summary>
    public uint OutFaultFd;
}

/// <summary>Flags, permissions and response codes of page faults.</summary>
public static class PgfaultConstants
{
    /// <summary>The fault has a PASID.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_PASID_VALID = 1u << 0;

    /// <summary>The last fault of its group.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_LAST_PAGE = 1u << 1;

    /// <summary>A read.</summary>
    public const uint IOMMU_PGFAULT_PERM_READ = 1u << 0;

    /// <summary>A write.</summary>
    public const uint IOMMU_PGFAULT_PERM_WRITE = 1u << 1;

    /// <summary>An instruction fetch.</summary>
    public const uint IOMMU_PGFAULT_PERM_EXEC = 1u << 2;

    /// <summary>In privileged mode.</summary>
    public const uint IOMMU_PGFAULT_PERM_PRIV = 1u << 3;

    /// <summary>The pages are there: the device tries again.</summary>
    public const uint IOMMUFD_PAGE_RESP_SUCCESS = 0;

    /// <summary>The access is wrong: the device gives up.</summary>
    public const uint IOMMUFD_PAGE_RESP_INVALID = 1;
}

/// <summary>A page fault as it is read from a fault queue.</summary>
[UapiStruct("iommu_hwpt_pgfault", "linux-6.12")]
public struct HwptPgfault
{
    /// <summary>Out: a set of IOMMU_PGFAULT_FLAGS_*.</summary>
    public uint Flags;

    /// <summary>Out: the device that faulted.</summary>
    public uint DevId;

    /// <summary>Out: the PASID, where the flags say that there is one.</summary>
    public uint Pasid;

    /// <summary>Out: the group of faults that are answered together.</summary>
    public uint Grpid;

    /// <summary>Out: the access that faulted, a set of IOMMU_PGFAULT_PERM_*.</summary>
    public uint Perm;

    /// <summary>Out: 0.</summary>
    public uint Reserved;

    /// <summary>Out: the address that faulted.</summary>
    public ulong Addr;

    /// <summary>Out: bytes that the device asks for; 0 for no hint.</summary>
    public uint Length;

    /// <summary>Out: what the response must bring back.</summary>
    public uint Cookie;
}

/// <summary>The response to a group of page faults, as it is written to the fault queue.</summary>
[UapiStruct("iommu_hwpt_page_response", "linux-6.12")]
public struct HwptPageResponse
{
    /// <summary>In: the cookie of the faults.</summary>
    public uint Cookie;

    /// <summary>In: one of IOMMUFD_PAGE_RESP_*.</summary>
    public uint Code;
}
