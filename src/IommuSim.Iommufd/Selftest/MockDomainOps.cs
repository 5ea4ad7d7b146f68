using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// The operations of IOMMU_TEST_CMD that create and move mock devices, from 6.12 on: devices have flags, and no page
/// fault is raised while one is attached, moved or detached.
/// </summary>
internal static class MockDomainOps
{
    private const string Site = "iommufd_test_mock_domain";

    /// <summary>By bit: the option of the mock that the flag sets, and to what.</summary>
    private static readonly ImmutableArray<(string Option, string Value)> s_flags =
    [
        ("dirty", "no"),
        ("huge", "yes"),
        ("pasid", "yes"),
    ];

    public static ImmutableArray<TestOpRow> Rows { get; } =
    [
        TestOpRow.For<TestMockDomain>(
            SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN,
            "MOCK_DOMAIN",
            static ucmd => MakeMock(ucmd, flags: 0)
        ),
        TestOpRow.For<TestMockDomainFlags>(
            SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS,
            "MOCK_DOMAIN_FLAGS",
            static ucmd => MakeMock(ucmd, ucmd.Command<TestMockDomainFlags>().DevFlags)
        ),
        TestOpRow.For<TestMockDomainReplace>(
            SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE,
            "MOCK_DOMAIN_REPLACE",
            Replace
        ),
    ];

    /// <summary>Keeps page faults of the device out while it is attached, moved or detached.</summary>
    internal static Errno WithoutFaults(SelftestDevice stdev, string site, Func<Errno> change)
    {
        var rwsem = ((ISelftestDevice)stdev.Device!).IopfRwsem;
        rwsem.DownWrite(site);
        var rc = change();
        rwsem.UpWrite(site);
        return rc;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_mock_domain(), v6.12.117 and v7.3.
    private static Errno MakeMock(Ucmd ucmd, uint flags)
    {
        var context = ucmd.Context;
        var rc = context.Allocate(static c => new SelftestDevice(c), Site, out var stdev);
        if (rc != Errno.OK)
            return rc;
        rc = AddDevice(ucmd, flags, stdev);
        if (rc == Errno.OK)
        {
            rc = BindAttachAndAnswer(ucmd, stdev);
            if (rc == Errno.OK)
                return rc;
            ucmd.Kernel.RemoveDevice(stdev.Device!);
        }

        context.Abort(stdev);
        return rc;
    }

    /// <summary>EINVAL for a flag that this kernel's mock does not have, ENOMEM.</summary>
    // Models drivers/iommu/iommufd/selftest.c:mock_dev_create(), v6.12.117 and v7.3.
    private static Errno AddDevice(Ucmd ucmd, uint flags, SelftestDevice stdev)
    {
        var driver = ucmd.Kernel.FindDriver("mock")!;
        var settings = ImmutableDictionary<string, string>.Empty;
        for (var bit = 0; bit < s_flags.Length; bit++)
        {
            var (option, value) = s_flags[bit];
            if ((flags & (1u << bit)) == 0 || driver.Options.All(o => o.Name != option))
                continue;
            flags &= ~(1u << bit);
            settings = settings.Add(option, value);
        }

        if (flags != 0)
            return Errno.EINVAL;
        if (!ucmd.Machine.Heap.CanAllocate("mock_dev_create"))
            return Errno.ENOMEM;
        var name = ucmd.Kernel.NextMockName();
        stdev.Device = ucmd.Kernel.AddDevice(driver, new DeviceOptions(name, name) { Settings = settings });
        return Errno.OK;
    }

    /// <summary>A failure leaves the device unbound.</summary>
    private static Errno BindAttachAndAnswer(Ucmd ucmd, SelftestDevice stdev)
    {
        var rc = DeviceBind.Bind(ucmd.Context, stdev.Device!, out var idev);
        if (rc != Errno.OK)
            return rc;
        stdev.Binding = idev;
        var ptId = ucmd.Command<TestMockDomain>().Id;
        rc = WithoutFaults(stdev, Site, () => DeviceAttach.Attach(idev, DeviceAttach.NoPasid, ref ptId));
        if (rc == Errno.OK)
        {
            ref var cmd = ref ucmd.Command<TestMockDomain>();
            cmd.OutHwptId = ptId;
            cmd.OutStdevId = stdev.Id;
            cmd.OutIdevId = idev.Id;
            rc = ucmd.Respond();
            if (rc == Errno.OK)
            {
                ucmd.Context.Publish(stdev);
                return rc;
            }

            WithoutFaults(stdev, Site, () => Detach(idev));
        }

        DeviceBind.Unbind(idev);
        return rc;
    }

    private static Errno Detach(IommufdDevice idev)
    {
        DeviceAttach.Detach(idev, DeviceAttach.NoPasid);
        return Errno.OK;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_mock_domain_replace(), v6.12.117 and v7.3: a response that
    // cannot be copied is EFAULT though the device has moved.
    private static Errno Replace(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestMockDomainReplace>();
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Selftest, out SelftestDevice stdev);
        if (rc != Errno.OK)
            return rc;
        var ptId = cmd.PtId;
        rc = WithoutFaults(
            stdev,
            "iommufd_test_mock_domain_replace",
            () => DeviceAttach.Replace(stdev.Binding!, DeviceAttach.NoPasid, ref ptId)
        );
        if (rc == Errno.OK)
        {
            ucmd.Command<TestMockDomainReplace>().PtId = ptId;
            rc = TestOps.RespondToMove(ucmd);
        }

        ucmd.Context.Put(stdev);
        return rc;
    }
}
