using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>C's struct iommu_dirty_ops, as far as it is modelled: which pages were written to is not.</summary>
/// <param name="Name">The C name of the table.</param>
/// <param name="SetDirtyTracking">Turns tracking on or off; a domain that is in that state already is OK.</param>
internal sealed record DirtyOps(string Name, Func<IommuDomain, bool, Errno> SetDirtyTracking);
