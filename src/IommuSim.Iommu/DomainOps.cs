using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// Attaches a device. EINVAL means by convention that another domain may fit; other errors are final.
/// </summary>
internal delegate Errno AttachDevOp(IommuDomain domain, IommuDevice device);

/// <summary>Handles invalidation requests. In v1 the op is void: the core then drops the errno.</summary>
internal delegate Errno CacheInvalidateUserOp(IommuDomain domain, ref InvalidateRequest request);

/// <summary>C's struct iommu_domain_ops. A null op is one that the driver does not have.</summary>
/// <param name="Name">The C name of the table, by which drivers recognise their own domains.</param>
internal sealed record DomainOps(string Name)
{
    public AttachDevOp? AttachDev { get; init; }

    /// <summary>7.3; null where PASIDs cannot be attached.</summary>
    public SetDevPasidOp? SetDevPasid { get; init; }

    /// <summary>True when all DMA through the domain is coherent from now on.</summary>
    public Func<IommuDomain, bool>? EnforceCacheCoherency { get; init; }

    public CacheInvalidateUserOp? CacheInvalidateUser { get; init; }

    /// <summary>v2 and v3: bytes of one invalidation request.</summary>
    public int CacheInvalidateUserDataLen { get; init; }

    public MapPagesOp? MapPages { get; init; }

    public UnmapPagesOp? UnmapPages { get; init; }

    /// <summary>The physical address that an I/O virtual one leads to, 0 for none.</summary>
    public Func<IommuDomain, ulong, ulong>? IovaToPhys { get; init; }

    /// <summary>Runs before the memory of the domain is freed.</summary>
    public Action<IommuDomain>? Free { get; init; }

    /// <summary>The same ops with translations kept as any driver keeps them.</summary>
    public DomainOps WithPageTable() =>
        this with
        {
            MapPages = DomainPageTable.Map,
            UnmapPages = DomainPageTable.Unmap,
            IovaToPhys = DomainPageTable.IovaToPhys,
        };
}
