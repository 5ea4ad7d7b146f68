using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;

namespace IommuSim.Drivers.Mock;

/// <summary>A paging domain of the mock driver. Models struct mock_iommu_domain.</summary>
internal class MockDomain(DomainKind kind) : IommuDomain(kind), ISelftestDomain
{
    private static readonly uint[] s_untouched = new uint[MockNestedDomain.IotlbCount];

    /// <summary>Set by SET_DIRTY_TRACKING from 6.12 on; has no effect.</summary>
    public bool TracksDirty { get; set; }

    /// <summary>See <see cref="MockDevice.VdeviceSize"/>.</summary>
    public int VdeviceSize { get; init; }

    public virtual ReadOnlySpan<uint> Iotlb => s_untouched;

    public bool HasOwnOps { get; init; } = true;
}

/// <summary>A nested one, with an IOTLB to look at. Models struct mock_iommu_domain_nested.</summary>
internal sealed class MockNestedDomain(DomainKind kind) : MockDomain(kind)
{
    /// <summary>Entries from v4 on; until then only the first is used.</summary>
    public const int IotlbCount = 4;

    private IotlbEntries _iotlb;

    /// <summary>The vIOMMU that it is behind, from 6.13 on; null for one straight on a parent.</summary>
    public IViommu? Viommu { get; init; }

    public override ReadOnlySpan<uint> Iotlb => _iotlb;

    public void SetIotlb(int index, uint value) => _iotlb[index] = value;

    public void FillIotlb(uint value) => ((Span<uint>)_iotlb).Fill(value);

    [InlineArray(IotlbCount)]
    private struct IotlbEntries
    {
        private uint _first;
    }
}
