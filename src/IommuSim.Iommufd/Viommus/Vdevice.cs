using IommuSim.Iommu;
using IommuSim.Iommu.Viommus;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Iommufd.Viommus;

/// <summary>
/// A device as a guest sees it. Models struct iommufd_vdevice. It holds its device as an ioctl in flight would, until
/// it is destroyed or the device is unbound.
/// </summary>
internal class Vdevice(IommufdContext context, Viommu viommu, IommufdDevice binding, ulong virtualId)
    : IommufdObject(context, ObjectType.Vdevice),
        IVdevice
{
    public Viommu Viommu { get; } = viommu;

    public IommufdDevice Binding { get; } = binding;

    public ulong VirtualId { get; } = virtualId;

    public IommuDevice Device => Binding.Device;

    public object? Private { get; set; }

    public Action<IVdevice>? DriverDestroy { get; set; }

    IViommu IVdevice.Viommu => Viommu;

    /// <summary>The driver has set up its part.</summary>
    internal bool IsComplete { get; set; }

    // Models drivers/iommu/iommufd/viommu.c:iommufd_vdevice_destroy(), v7.3.
    public override void Destroy()
    {
        const string Site = "iommufd_vdevice_destroy";
        Context.Machine.Heap.Touch(Binding, Site);
        Binding.Group.Lock.Lock(Site);
        Undo();
        Binding.Group.Lock.Unlock(Site);
        Context.Put(Binding);
    }

    // Models iommufd_vdevice_abort(), v7.3. The caller of the allocation puts the device.
    public override void Abort()
    {
        const string Site = "iommufd_vdevice_abort";
        if (Context.Machine.Has(Bug.A30))
        {
            Destroy();
            return;
        }

        Binding.Group.Lock.AssertHeld(Site);
        Undo(keepsNumber: Context.Machine.Has(Bug.P17));
    }

    /// <summary>A lookup by the number uses what the driver keeps in the vDEVICE.</summary>
    internal void CheckComplete(string site)
    {
        Context.Machine.Reach(this, Touch.Read, site, this);
        Context.Machine.Heap.Touch(this, site);
        if (!IsComplete)
            Context.Machine.Report(
                ReportKind.UninitializedValue,
                site,
                "a vdevice is found that its driver has not set up"
            );
    }

    private void Undo(bool keepsNumber = false)
    {
        DriverDestroy?.Invoke(this);
        if (!keepsNumber)
            Viommu.Release(VirtualId, this);
        Viommu.DropUser("iommufd_vdevice_abort");
        Binding.Vdevice = null;
    }
}
