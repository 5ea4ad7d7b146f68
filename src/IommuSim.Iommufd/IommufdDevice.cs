using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.Viommus;
using IommuSim.Machine.Reports;

namespace IommuSim.Iommufd;

/// <summary>A device bound to an iommufd context. Models struct iommufd_device.</summary>
internal sealed class IommufdDevice(IommufdContext context, IommuDevice device, IommufdGroup? group)
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

    /// <summary>
    /// Reports that <paramref name="function"/> follows the pointer to a device that has gone; false while it is there.
    /// A device of the selftest goes while a PASID is attached, and with it nothing of the binding.
    /// </summary>
    internal bool IsStale(string function)
    {
        if (Device.IsGone)
            Context.Machine.Report(ReportKind.UseAfterFree, function, $"{Device.Name} was freed before");
        return Device.IsGone;
    }

    /// <summary>As <see cref="IsStale"/>, with the warning of a device that has no IOMMU.</summary>
    // Models drivers/iommu/iommufd/hw_pagetable.c:get_iommu_ops(), v7.3.
    internal bool HasNoOps()
    {
        const string Site = "get_iommu_ops";
        if (!IsStale(Site))
            return false;
        Context.Machine.Report(ReportKind.Warning, Site, "!idev->dev->iommu");
        return true;
    }

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
        if (!Device.IsNoIommu)
            Device.Group.ReleaseDmaOwner();
        Context.PutGroup(_group);
    }

    public override string ToString() => $"device {Device.Name}";
}
