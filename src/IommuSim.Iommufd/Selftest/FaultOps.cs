using IommuSim.Iommu;
using IommuSim.Iommu.PageFaults;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operation of IOMMU_TEST_CMD that raises a page fault of a mock device.</summary>
internal static class FaultOps
{
    public static TestOpRow TriggerIopf { get; } =
        TestOpRow.For<TestTriggerIopf>(SelftestConstants.IOMMU_TEST_OP_TRIGGER_IOPF, "TRIGGER_IOPF", Trigger);

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_trigger_iopf(), v6.12.117 and v7.3: OK whether the fault is
    // handled or not.
    private static Errno Trigger(Ucmd ucmd)
    {
        const string Site = "iommufd_test_trigger_iopf";
        var cmd = ucmd.Command<TestTriggerIopf>();
        var rc = ucmd.Context.Get(cmd.DevId, ObjectType.Device, out IommufdDevice idev);
        if (rc != Errno.OK)
            return rc;
        if (idev.Device is not ISelftestDevice mock)
        {
            ucmd.Context.Put(idev);
            return Errno.EINVAL;
        }

        var flags = PageRequest.LastPage;
        if (cmd.Pasid != PageFaults.NoPasid)
            flags |= PageRequest.PasidValid;
        var keepsHandle = !ucmd.Machine.Has(Bug.C25);
        if (keepsHandle)
            mock.IopfRwsem.DownRead(Site);
        PageFaults.ReportDeviceFault(idev.Device, new PageRequest(flags, cmd.Pasid, cmd.Grpid, cmd.Perm, cmd.Addr));
        if (keepsHandle)
            mock.IopfRwsem.UpRead(Site);
        ucmd.Context.Put(idev);
        return Errno.OK;
    }
}
