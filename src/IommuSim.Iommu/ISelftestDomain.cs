namespace IommuSim.Iommu;

/// <summary>The part of a mock domain that the selftest's own ioctl reads.</summary>
public interface ISelftestDomain
{
    /// <summary>The simulated IOTLB entries; the first until 6.8, then four.</summary>
    ReadOnlySpan<uint> Iotlb { get; }

    /// <summary>Dirty tracking is on.</summary>
    bool TracksDirty { get; }
}
