namespace IommuSim.Iommu.PageFaults;

/// <summary>One page request of a device: C's struct iommu_fault_page_request.</summary>
/// <param name="Flags">A set of the constants here.</param>
/// <param name="Pasid">Meaningful with <see cref="PasidValid"/>.</param>
/// <param name="GroupId">The device's number for the requests that it wants answered together.</param>
/// <param name="Perm">A set of IOMMU_PGFAULT_PERM_*.</param>
/// <param name="Address">The I/O virtual address.</param>
internal readonly record struct PageRequest(uint Flags, uint Pasid, uint GroupId, uint Perm, ulong Address)
{
    public const uint PasidValid = 1u << 0;
    public const uint LastPage = 1u << 1;
}
