using System.Collections.Immutable;
using IommuSim.Iommu.PageFaults;
using IommuSim.Iommu.Viommus;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>Writes the driver's description of its hardware. Allocates once; ENOMEM when that fails.</summary>
/// <param name="device">The device whose IOMMU is asked.</param>
/// <param name="data">At least <see cref="IommuOps.MaxHwInfoSize"/> bytes.</param>
/// <param name="length">Bytes written.</param>
/// <param name="type">
/// In: the type that is asked for, which only 7.3 looks at; EOPNOTSUPP for one that the driver does not know. Out: the
/// IOMMU_HW_INFO_TYPE_*; only merged kernels read it from here.
/// </param>
internal delegate Errno HwInfoOp(IommuDevice device, Span<byte> data, out int length, ref uint type);

/// <summary>
/// Allocates a domain for user space. In v1 and v2 C returns NULL for every failure; the model then leaves
/// <paramref name="domain"/> null and the core does not see the errno.
/// </summary>
internal delegate Errno DomainAllocUserOp(
    IommuDevice device,
    uint flags,
    IommuDomain? parent,
    in UserData data,
    out IommuDomain? domain
);

/// <summary>C's struct iommu_ops: what a driver offers. A null op is one that the driver does not have.</summary>
/// <param name="Name">As the drivers table prints it.</param>
internal sealed record IommuOps(string Name)
{
    /// <summary>No driver describes its hardware in more bytes.</summary>
    public const int MaxHwInfoSize = 64;

    /// <summary>v1: <c>ops-&gt;driver_type</c>, an IOMMU_HW_INFO_TYPE_*; the index into the core's table.</summary>
    public uint DriverType { get; init; }

    public HwInfoOp? HwInfo { get; init; }

    /// <summary>NULL for a type that the driver does not implement, or without memory.</summary>
    public Func<IommuDevice, DomainType, IommuDomain?>? DomainAlloc { get; init; }

    /// <summary>
    /// From 7.3 on it allocates no nested domains and is called domain_alloc_paging_flags in C; see
    /// <see cref="DomainAllocNested"/>.
    /// </summary>
    public DomainAllocUserOp? DomainAllocUser { get; init; }

    /// <summary>7.3: nested domains have an op of their own.</summary>
    public DomainAllocUserOp? DomainAllocNested { get; init; }

    /// <summary>v2: bytes of data for a hwpt type, or EOPNOTSUPP.</summary>
    public Func<uint, (Errno Errno, int Length)>? DomainAllocUserDataLen { get; init; }

    /// <summary>
    /// Passes the response to a page request on to the device; without it the driver's devices raise none.
    /// </summary>
    public PageResponseOp? PageResponse { get; init; }

    /// <summary>Bytes of the driver's struct for a vIOMMU of this type; 0 for a type that it lacks.</summary>
    public Func<IommuDevice, uint, int>? GetViommuSize { get; init; }

    public ViommuInitOp? ViommuInit { get; init; }

    /// <summary>
    /// iommufd's own, of devices without an IOMMU: only kernels with CONFIG_IOMMUFD_NOIOMMU have them.
    /// </summary>
    public bool IsNoIommu { get; init; }

    /// <summary>Guests fill PASID tables themselves, so no domain is attached to their PASIDs.</summary>
    public bool UserPasidTable { get; init; }

    /// <summary>
    /// The hwpt types that the driver implements. The core's tables in v1 are built from these rows, and so are the
    /// fields of the review's ideas.
    /// </summary>
    public ImmutableArray<HwptTypeRow> HwptTypes { get; init; } = [];

    /// <summary>The row of this hwpt type, or null.</summary>
    public HwptTypeRow? FindType(uint type)
    {
        foreach (var row in HwptTypes)
        {
            if (row.Type == type)
                return row;
        }

        return null;
    }
}
