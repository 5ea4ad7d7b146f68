using System.Collections.Immutable;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operations of IOMMU_TEST_CMD on the guest's side of a mock device.</summary>
internal static class VdeviceOps
{
    /// <summary>C's MOCK_DEV_CACHE_NUM.</summary>
    private const int CacheEntries = 4;

    public static ImmutableArray<TestOpRow> Rows { get; } =
    [
        TestOpRow.For<TestCheckCache>(SelftestConstants.IOMMU_TEST_OP_DEV_CHECK_CACHE, "DEV_CHECK_CACHE", CheckCache),
        TestOpRow.For<TestTriggerVevent>(
            SelftestConstants.IOMMU_TEST_OP_TRIGGER_VEVENT,
            "TRIGGER_VEVENT",
            TriggerVevent
        ),
    ];

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_dev_check_cache(), v7.3.
    private static Errno CheckCache(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckCache>();
        const string Site = "iommufd_test_dev_check_cache";
        var rc = GetMock(ucmd, cmd.Id, out var idev, out var mock);
        if (rc != Errno.OK)
            return rc;
        if (cmd.CacheId >= CacheEntries)
            rc = Errno.EINVAL;
        else if ((mock?.Cache[(int)cmd.CacheId] ?? ucmd.Machine.Garbage(Site, [0, uint.MaxValue])) != cmd.Cache)
            rc = Errno.EINVAL;
        ucmd.Context.Put(idev);
        return rc;
    }

    // Models iommufd_test_trigger_vevent(), v7.3: ENOENT for a device that no vIOMMU's hwpt is attached to, and
    // for one that the guest numbers 0.
    private static Errno TriggerVevent(Ucmd ucmd)
    {
        const string Site = "iommufd_test_trigger_vevent";
        var cmd = ucmd.Command<TestTriggerVevent>();
        var rc = GetMock(ucmd, cmd.DevId, out var idev, out var mock);
        if (rc != Errno.OK)
            return rc;
        rc = Errno.ENOENT;
        if (mock is null)
        {
            TriggerForeign(ucmd, Site);
        }
        else
        {
            mock.ViommuRwsem.DownRead(Site);
            if (mock.Viommu is not null && mock.VirtualId != 0)
            {
                var data = new ViommuEventSelftest { VirtId = (uint)mock.VirtualId };
                rc = mock.Viommu.ReportEvent(
                    VeventqConstants.IOMMU_VEVENTQ_TYPE_SELFTEST,
                    MemoryMarshal.AsBytes(new ReadOnlySpan<ViommuEventSelftest>(in data))
                );
            }

            mock.ViommuRwsem.UpRead(Site);
        }

        ucmd.Context.Put(idev);
        return rc;
    }

    /// <summary>
    /// The semaphore and the vIOMMU lie inside the other driver's larger object, so KASAN says nothing: no
    /// vIOMMU unless the run decides that a pointer to nowhere is there.
    /// </summary>
    private static void TriggerForeign(Ucmd ucmd, string site)
    {
        var machine = ucmd.Machine;
        machine.Lockdep.AcquiringUninitialised(site);
        if (machine.Garbage(site, [0, ulong.MaxValue]) != 0)
            throw machine.Oops(ReportKind.PageFault, "iommufd_viommu_report_event", "what lies there is no vIOMMU");
    }

    /// <summary>
    /// The device as the mock's own: another driver's is EINVAL, or with <see cref="Bug.N8"/> null, and what is
    /// read of it is whatever that driver's larger object has there.
    /// </summary>
    private static Errno GetMock(Ucmd ucmd, uint id, out IommufdDevice idev, out ISelftestDevice? mock)
    {
        var rc = ucmd.Context.Get(id, ObjectType.Device, out idev);
        mock = rc == Errno.OK ? idev.Device as ISelftestDevice : null;
        if (rc != Errno.OK || mock is not null || ucmd.Machine.Has(Bug.N8))
            return rc;
        ucmd.Context.Put(idev);
        return Errno.EINVAL;
    }
}
