using IommuSim.Machine.Memory;

namespace IommuSim.Iommu.PageFaults;

/// <summary>
/// Page requests that are answered together. It has one owner at a time, which answers and frees it: the device's
/// pending list, or the one that the domain's handler gave it to. Models struct iopf_group.
/// </summary>
internal sealed class IopfGroup : HeapObject
{
    /// <summary>In the order in which the device sent them, the last one last.</summary>
    public List<IopfFault> Faults { get; } = [];

    public IopfFault LastFault { get; internal set; } = null!;

    public IommuFaultParam FaultParam { get; internal set; } = null!;

    /// <summary>The handle of the faulting domain; alive until the detach.</summary>
    public IommuAttachHandle AttachHandle { get; internal set; } = null!;

    /// <summary>The number that user space responds with.</summary>
    public uint Cookie { get; set; }

    /// <summary>On the device's pending list.</summary>
    public bool IsPending => FaultParam.Faults.Contains(this);

    public override string ToString() => "group of page faults";
}
