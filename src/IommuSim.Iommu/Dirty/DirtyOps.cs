using IommuSim.Uapi;

namespace IommuSim.Iommu.Dirty;

/// <summary>
/// Records what was written to in the range in the bitmap, and with <paramref name="clears"/> forgets it.
/// </summary>
internal delegate Errno ReadAndClearDirtyOp(
    IommuDomain domain,
    ulong iova,
    ulong length,
    bool clears,
    ref IovaBitmap bitmap
);

/// <summary>C's struct iommu_dirty_ops.</summary>
/// <param name="Name">The C name of the table.</param>
/// <param name="SetDirtyTracking">Turns tracking on or off; a domain that is in that state already is OK.</param>
internal sealed record DirtyOps(string Name, Func<IommuDomain, bool, Errno> SetDirtyTracking)
{
    /// <summary>As the page tables of 7.3 do it, unless a driver has another.</summary>
    public ReadAndClearDirtyOp ReadAndClearDirty { get; init; } = DirtyEntries.ReadAndClear;
}
