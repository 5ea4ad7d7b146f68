using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>A mock device of IOMMU_TEST_OP_MOCK_DOMAIN, with its binding. Models struct selftest_obj.</summary>
internal sealed class SelftestDevice(IommufdContext context) : IommufdObject(context, ObjectType.Selftest)
{
    public IommuDevice? Device { get; set; }

    public IommufdDevice? Binding { get; set; }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_selftest_destroy(), v6.3 to v7.3.
    public override void Destroy()
    {
        if (Context.Kernel.Spec.Attach.Domains.HasHandles)
            MockDomainOps.WithoutFaults(this, "iommufd_selftest_destroy", DetachIt);
        else
            DetachIt();
        DeviceBind.Unbind(Binding!);
        Context.Kernel.RemoveDevice(Device!);
    }

    private Errno DetachIt()
    {
        DeviceAttach.Detach(Binding!, DeviceAttach.NoPasid);
        // The kernel detaches no PASID here. Without T1 the model does, while no fault can be raised.
        if (!Context.Machine.Has(Bug.T1))
            DeviceBind.DetachPasids(Binding!, "iommufd_selftest_destroy");
        return Errno.OK;
    }
}
