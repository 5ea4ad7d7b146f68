using IommuSim.Machine.Memory;

namespace IommuSim.Iommu.PageFaults;

/// <summary>A page request in the kernel. The last of a group lies inside the group and is not freed alone.</summary>
internal sealed class IopfFault(PageRequest request) : HeapObject
{
    public PageRequest Request { get; } = request;

    public bool IsLast => (Request.Flags & PageRequest.LastPage) != 0;

    public override string ToString() => "partial page fault";
}
