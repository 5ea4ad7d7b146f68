using IommuSim.Iommu.PageFaults;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>iommufd's attach handle: a fault that comes through it names the device.</summary>
public sealed class IommufdAttachHandle(IommufdDevice device) : IommuAttachHandle
{
    public IommufdDevice Device { get; } = device;
}
