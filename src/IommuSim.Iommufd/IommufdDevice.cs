using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Viommus;

namespace IommuSim.Iommufd;

/// <summary>A device bound to an iommufd context. Models struct iommufd_device.</summary>
public sealed class IommufdDevice(IommufdContext context, IommuDevice device, IommufdGroup? group)
    : IommufdObject(context, ObjectType.Device),
        IBinding
{
    private IommufdGroup? _group = group;

    public IommuDevice Device { get; } = device;

    /// <summary>Set on a published object; during its allocation see <see cref="Join"/>.</summary>
    public IommufdGroup Group => _group!;

    public bool IsGone => Context.Freed;

    /// <summary>The device's IOMMU can force coherent DMA, and hwpts for it must.</summary>
    public bool EnforcesCacheCoherency { get; } = device.EnforceCacheCoherency;

    /// <summary>6.12: attachments to hwpts with a fault queue; the first turns page faults on.</summary>
    public int FaultUsers { get; set; }

    /// <summary>The binding is about to end; set only without <see cref="Bug.T1"/>.</summary>
    public bool IsUnbinding { get; internal set; }

    /// <summary>What a guest sees of it; guarded by the group's lock.</summary>
    public Vdevice? Vdevice { get; internal set; }

    /// <summary>No vDEVICE can be allocated for it any more; guarded by the group's lock.</summary>
    internal bool IsDestroying { get; set; }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_pre_destroy(), v7.3.
    public override void PreDestroy() => VdeviceRemoval.RemoveVdevice(this);

    /// <summary>
    /// 7.3: sets the group of a device that was allocated without one; takes over the caller's reference.
    /// </summary>
    internal void Join(IommufdGroup group) => _group = group;

    // Models drivers/iommu/iommufd/device.c:iommufd_device_destroy(), v6.3 and v7.3.
    public override void Destroy()
    {
        if (_group is null)
            return;
        Device.Group.ReleaseDmaOwner();
        Context.PutGroup(_group);
    }

    public override string ToString() => $"device {Device.Name}";
}
