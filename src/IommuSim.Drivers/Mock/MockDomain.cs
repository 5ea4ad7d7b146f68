using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;

namespace IommuSim.Drivers.Mock;

/// <summary>
/// A domain of the mock driver; nested ones have an IOTLB to look at. Models struct mock_iommu_domain.
/// </summary>
public sealed class MockDomain : IommuDomain, ISelftestDomain
{
    /// <summary>Entries from v4 on; until then only the first is used.</summary>
    public const int IotlbCount = 4;

    private IotlbEntries _iotlb;

    /// <summary>Set by SET_DIRTY_TRACKING from 6.12 on; has no effect.</summary>
    public bool TracksDirty { get; set; }

    /// <summary>The vIOMMU that a nested domain is behind, from 6.13 on; null for one straight on a parent.</summary>
    public IViommu? Viommu { get; set; }

    /// <summary>Of a paging domain: see <see cref="MockDevice.VdeviceSize"/>.</summary>
    internal int VdeviceSize { get; init; }

    public ReadOnlySpan<uint> Iotlb => _iotlb;

    public void SetIotlb(int index, uint value) => _iotlb[index] = value;

    public void FillIotlb(uint value) => ((Span<uint>)_iotlb).Fill(value);

    [InlineArray(IotlbCount)]
    private struct IotlbEntries
    {
        private uint _first;
    }
}
