using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operations of IOMMU_TEST_CMD that attach, move and detach PASIDs of a mock device; 7.3.</summary>
internal static class PasidOps
{
    private const string ReplaceSite = "iommufd_test_pasid_replace";

    public static ImmutableArray<TestOpRow> Rows { get; } =
    [
        TestOpRow.For<TestPasidAttach>(SelftestConstants.IOMMU_TEST_OP_PASID_ATTACH, "PASID_ATTACH", Attach),
        TestOpRow.For<TestPasidAttach>(SelftestConstants.IOMMU_TEST_OP_PASID_REPLACE, "PASID_REPLACE", Replace),
        TestOpRow.For<TestPasidDetach>(SelftestConstants.IOMMU_TEST_OP_PASID_DETACH, "PASID_DETACH", Detach),
        TestOpRow.For<TestPasidCheck>(SelftestConstants.IOMMU_TEST_OP_PASID_CHECK_HWPT, "PASID_CHECK_HWPT", Check),
    ];

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_pasid_attach(), v7.3.
    private static Errno Attach(Ucmd ucmd)
    {
        const string Site = "iommufd_test_pasid_attach";
        var pasid = ucmd.Command<TestPasidAttach>().Pasid;
        return Change(
            ucmd,
            Site,
            DeviceAttach.Attach,
            stdev =>
                MockDomainOps.WithoutFaults(
                    stdev,
                    Site,
                    () =>
                    {
                        DeviceAttach.Detach(stdev.Binding!, pasid);
                        return Errno.OK;
                    }
                )
        );
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_pasid_replace(), v7.3.
    private static Errno Replace(Ucmd ucmd) => Change(ucmd, ReplaceSite, DeviceAttach.Replace, undo: null);

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_pasid_detach(), v7.3.
    private static Errno Detach(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestPasidDetach>();
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Selftest, out SelftestDevice stdev);
        if (rc != Errno.OK)
            return rc;
        MockDomainOps.WithoutFaults(stdev, "iommufd_test_pasid_detach", () => DetachPasid(stdev.Binding!, cmd.Pasid));
        ucmd.Context.Put(stdev);
        return Errno.OK;
    }

    /// <summary>With <see cref="Bug.P11"/> by hand, and then nothing ends an automatic hwpt.</summary>
    private static Errno DetachPasid(IommufdDevice idev, uint pasid)
    {
        if (idev.Context.Machine.Has(Bug.P11))
            DeviceAttach.DetachFromHwpt(idev, pasid)?.DropUser("iommufd_hw_pagetable_put");
        else
            DeviceAttach.Detach(idev, pasid);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_pasid_check_hwpt(), v7.3.
    private static Errno Check(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestPasidCheck>();
        var context = ucmd.Context;
        var rc = context.Get(cmd.Id, ObjectType.Selftest, out SelftestDevice stdev);
        if (rc != Errno.OK)
            return rc;
        var handle = stdev.Device!.Group.GetAttachHandle(cmd.Pasid, type: null);
        if (cmd.HwptId == 0)
        {
            rc = handle is null ? Errno.OK : Errno.EINVAL;
        }
        else
        {
            rc = context.Get(cmd.HwptId, ObjectType.Any, out var obj);
            if (rc == Errno.OK)
            {
                var isIt = obj is HwPagetable hwpt && ReferenceEquals(handle?.Domain, hwpt.Domain);
                rc = isIt ? Errno.OK : Errno.EINVAL;
                context.Put(obj);
            }
        }

        context.Put(stdev);
        return rc;
    }

    private static Errno Change(Ucmd ucmd, string site, ChangeAttachmentOp change, Action<SelftestDevice>? undo)
    {
        var cmd = ucmd.Command<TestPasidAttach>();
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Selftest, out SelftestDevice stdev);
        if (rc != Errno.OK)
            return rc;
        var ptId = cmd.PtId;
        rc = MockDomainOps.WithoutFaults(stdev, site, () => change(stdev.Binding!, cmd.Pasid, ref ptId));
        if (rc == Errno.OK)
        {
            ucmd.Command<TestPasidAttach>().PtId = ptId;
            rc = undo is null ? TestOps.RespondToMove(ucmd) : ucmd.Respond();
            if (rc != Errno.OK)
                undo?.Invoke(stdev);
        }

        ucmd.Context.Put(stdev);
        return rc;
    }

    private delegate Errno ChangeAttachmentOp(IommufdDevice idev, uint pasid, ref uint ptId);
}
