using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>Maps a run that is not mapped yet; ENOMEM leaves nothing of it mapped.</summary>
internal delegate Errno MapPagesOp(IommuDomain domain, ulong iova, ulong physical, ulong length, IommuProt prot);

/// <summary>Returns how many bytes it unmapped.</summary>
internal delegate ulong UnmapPagesOp(IommuDomain domain, ulong iova, ulong length);
