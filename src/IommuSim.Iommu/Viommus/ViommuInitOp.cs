using IommuSim.Uapi;

namespace IommuSim.Iommu.Viommus;

/// <summary>Sets up the driver's part of a vIOMMU on a nesting parent, and fills its ops.</summary>
internal delegate Errno ViommuInitOp(IViommu viommu, IommuDomain parent, in UserData data);
