using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// Maps a run that is not mapped yet, with pages of <paramref name="largestPage"/> bytes at most; ENOMEM leaves nothing
/// of it mapped.
/// </summary>
internal delegate Errno MapPagesOp(
    IommuDomain domain,
    ulong iova,
    ulong physical,
    ulong length,
    IommuProt prot,
    ulong largestPage
);

/// <summary>Returns how many bytes it unmapped.</summary>
internal delegate ulong UnmapPagesOp(IommuDomain domain, ulong iova, ulong length);
