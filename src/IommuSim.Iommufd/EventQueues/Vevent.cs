using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>
/// An event of a vIOMMU, or the announcement that events were lost, which has no data. Models struct
/// iommufd_vevent.
/// </summary>
internal sealed class Vevent(uint flags, byte[] data) : HeapObject
{
    /// <summary>A set of IOMMU_VEVENTQ_FLAG_*.</summary>
    public uint Flags { get; } = flags;

    public uint Sequence { get; internal set; }

    public byte[] Data { get; } = data;

    public bool AnnouncesLoss => Flags != 0;

    public override string ToString() => AnnouncesLoss ? "copy of a lost-events header" : "vevent";
}
