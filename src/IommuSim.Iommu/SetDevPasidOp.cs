using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>
/// Attaches a PASID of a device; <paramref name="old"/> is what it is attached to now, null for nothing.
/// </summary>
internal delegate Errno SetDevPasidOp(IommuDomain domain, IommuDevice device, uint pasid, IommuDomain? old);
