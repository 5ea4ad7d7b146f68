namespace IommuSim.Iommu;

/// <summary>What the selftest's own ioctl looks at in a domain of the mock driver.</summary>
public interface ISelftestDomain
{
    /// <summary>The simulated IOTLB entries; the first until 6.8, then four.</summary>
    ReadOnlySpan<uint> Iotlb { get; }
}
