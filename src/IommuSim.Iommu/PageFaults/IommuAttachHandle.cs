using IommuSim.Machine.Memory;

namespace IommuSim.Iommu.PageFaults;

/// <summary>
/// C's struct iommu_attach_handle: what a group and a PASID of it are attached through, from the attach to the detach.
/// A caller that attaches derives its own; page faults are delivered by it.
/// </summary>
internal class IommuAttachHandle : HeapObject
{
    /// <summary>Set by the caller that attaches the domain.</summary>
    public IommuDomain Domain { get; set; } = null!;

    public override string ToString() => "attach handle";
}
