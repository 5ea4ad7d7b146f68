using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;

namespace IommuSim.Iommufd.EventQueues;

/// <summary>iommufd's attach handle: a fault that comes through it names the device.</summary>
internal sealed class IommufdAttachHandle(IommufdDevice device, uint pasid) : IommuAttachHandle
{
    /// <summary>
    /// The device that attached first; once that has left, another that is still attached. With
    /// <see cref="Bug.N11"/> the first for ever.
    /// </summary>
    public IommufdDevice Device { get; set; } = device;

    /// <summary>The attached device that a fault came from; <see cref="Device"/> when it is not attached.</summary>
    public IommufdDevice DeviceOf(IommuDevice origin)
    {
        foreach (var member in Device.Group.AttachOf(pasid)?.Devices ?? [])
        {
            if (ReferenceEquals(member.Device, origin))
                return member;
        }

        return Device;
    }
}
