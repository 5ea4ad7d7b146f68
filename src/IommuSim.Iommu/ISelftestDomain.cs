namespace IommuSim.Iommu;

/// <summary>The part of a mock domain that the selftest's own ioctl reads.</summary>
internal interface ISelftestDomain
{
    /// <summary>The simulated IOTLB entries; the first until 6.8, then four.</summary>
    ReadOnlySpan<uint> Iotlb { get; }

    /// <summary>
    /// Its ops are those by which the mock knows its own domains; false where a device was given other ops.
    /// </summary>
    bool HasOwnOps { get; }

    /// <summary>Dirty tracking is on.</summary>
    bool TracksDirty { get; }
}
