using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// The operations of IOMMU_TEST_CMD that the nesting tests need. The reserved field is not checked; an unknown
/// operation is EOPNOTSUPP.
/// </summary>
internal static class TestOps
{
    /// <summary>Half a page: the mock's pages, and the alignment that the test ops ask for.</summary>
    private const ulong MockPageSize = 2048;

    /// <summary>Below this a memory limit cannot hold even one pin batch: 8 bytes of pfn and 4 of count.</summary>
    private const uint MinMemoryLimit = 12;

    /// <summary>The operations of the base and of every later kernel.</summary>
    public static ImmutableArray<TestOpRow> Common { get; } =
    [
        TestOpRow.For<TestAddReserved>(SelftestConstants.IOMMU_TEST_OP_ADD_RESERVED, "ADD_RESERVED", AddReserved),
        TestOpRow.For<TestMockDomain>(SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN, "MOCK_DOMAIN", MockDomain),
        TestOpRow.For<TestCheckMap>(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_MAP, "MD_CHECK_MAP", CheckMap),
        TestOpRow.For<TestMemoryLimit>(
            SelftestConstants.IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT,
            "SET_TEMP_MEMORY_LIMIT",
            SetMemoryLimit
        ),
        TestOpRow.For<TestMockDomainReplace>(
            SelftestConstants.IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE,
            "MOCK_DOMAIN_REPLACE",
            static ucmd => MockDomainReplace(ucmd)
        ),
    ];

    /// <summary>v1 to v3.</summary>
    public static TestOpRow CheckIotlbV1(uint number) =>
        TestOpRow.For<TestCheckIotlbV1>(number, "MD_CHECK_IOTLB", CheckFirstIotlb);

    /// <summary>v4 and later.</summary>
    public static TestOpRow CheckIotlb { get; } =
        TestOpRow.For<TestCheckIotlb>(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_IOTLB, "MD_CHECK_IOTLB", CheckAnyIotlb);

    /// <summary>IOMMU_TEST_CMD with 56 bytes, until 6.7.</summary>
    public static IoctlRow Row { get; } = RowOf<TestCmd>();

    /// <summary>IOMMU_TEST_CMD with 72 bytes, from 6.7 on.</summary>
    public static IoctlRow Row67 { get; } = RowOf<TestCmd67>();

    /// <summary>From 6.12 on, where all operations are modelled.</summary>
    public static IoctlRow Row612 { get; } = Row67 with { Support = Support.Full, Note = "" };

    private static IoctlRow RowOf<T>()
        where T : unmanaged =>
        IoctlRow.For<T>("selftest.c:iommufd_test()", static ucmd => Handle(ucmd)) with
        {
            TestOnly = true,
            HasOperations = true,
            Support = Support.Partial,
            Note = "only the operations listed; nothing can be mapped, so MD_CHECK_MAP finds nothing",
        };

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test(), v6.3.
    private static Errno Handle(Ucmd ucmd)
    {
        if (ucmd.Kernel.FindTestOp(ucmd.Command<TestCmd>().Op) is not { } row)
            return Errno.EOPNOTSUPP;
        ucmd.Machine.Current.Call = row.Name;
        return row.Handler(ucmd);
    }

    // Models iommufd_test_mock_domain(), jgg v2 and v6.6: EFAULT removes the device again.
    private static Errno MockDomain(Ucmd ucmd)
    {
        var rc = MakeMock(ucmd, out var stdev);
        if (rc != Errno.OK)
            return rc;
        if (!ucmd.Machine.Has(Bug.N3))
            return ucmd.RespondAndPublish(stdev);
        ucmd.Context.Publish(stdev);
        return ucmd.Respond();
    }

    private static Errno MakeMock(Ucmd ucmd, out SelftestDevice stdev)
    {
        ref var cmd = ref ucmd.Command<TestMockDomain>();
        var context = ucmd.Context;
        var rc = context.Allocate(static c => new SelftestDevice(c), "iommufd_test_mock_domain", out stdev);
        if (rc != Errno.OK)
            return rc;
        var driver = ucmd.Kernel.FindDriver("mock")!;
        var name = ucmd.Kernel.NextMockName();
        stdev.Device = ucmd.Kernel.AddDevice(driver, new DeviceOptions(name, name));
        var ptId = cmd.Id;
        rc = BindAndAttach(context, stdev, ref ptId);
        if (rc != Errno.OK)
        {
            ucmd.Kernel.RemoveDevice(stdev.Device);
            context.Abort(stdev);
            return rc;
        }

        cmd.OutHwptId = ptId;
        cmd.OutStdevId = stdev.Id;
        cmd.OutIdevId = stdev.Binding!.Id;
        return Errno.OK;
    }

    private static Errno BindAndAttach(IommufdContext context, SelftestDevice stdev, ref uint ptId)
    {
        var rc = DeviceBind.Bind(context, stdev.Device!, out var idev);
        if (rc != Errno.OK)
            return rc;
        stdev.Binding = idev;
        rc = DeviceAttach.Attach(idev, DeviceAttach.NoPasid, ref ptId);
        if (rc != Errno.OK)
            DeviceBind.Unbind(idev);
        return rc;
    }

    // Models iommufd_test_mock_domain_replace(), jgg v2.
    private static Errno MockDomainReplace(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<TestMockDomainReplace>();
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Selftest, out SelftestDevice stdev);
        if (rc != Errno.OK)
            return rc;
        rc = DeviceAttach.Replace(stdev.Binding!, DeviceAttach.NoPasid, ref cmd.PtId);
        if (rc == Errno.OK)
            rc = RespondToMove(ucmd);
        ucmd.Context.Put(stdev);
        return rc;
    }

    /// <summary>The device has moved: a response that cannot be copied does not change that, but see the bug.</summary>
    internal static Errno RespondToMove(Ucmd ucmd)
    {
        var rc = ucmd.Respond();
        return ucmd.Machine.Has(Bug.N10) ? rc : Errno.OK;
    }

    // Models iommufd_test_add_reserved(), v6.3.
    private static Errno AddReserved(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<TestAddReserved>();
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = ioas.Iopt.Reserve(cmd.Start, unchecked(cmd.Start + cmd.Length - 1));
        ucmd.Context.Put(ioas);
        return rc;
    }

    // Models iommufd_test_md_check_pa(), v6.3. The user's page is pinned first; without mappings every page
    // of the domain is missing, which is EINVAL.
    private static Errno CheckMap(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckMap>();
        if (((cmd.Iova | cmd.Length | cmd.Uptr) % MockPageSize) != 0 || unchecked(cmd.Uptr + cmd.Length) < cmd.Uptr)
            return Errno.EINVAL;
        var rc = GetMockHwpt(ucmd, cmd.Id, IsPaging, out var hwpt, out _);
        if (rc != Errno.OK)
            return rc;
        ucmd.Context.Put(hwpt);
        if (cmd.Length == 0)
            return Errno.OK;
        Span<byte> page = stackalloc byte[1];
        return ucmd.Machine.CopyFromUser(page, cmd.Uptr) == Errno.OK ? Errno.EINVAL : Errno.EFAULT;
    }

    // Models iommufd_test_memory_limit(), v6.3; nothing pins memory here, so only the check is left.
    private static Errno SetMemoryLimit(Ucmd ucmd) =>
        ucmd.Command<TestMemoryLimit>().Limit < MinMemoryLimit ? Errno.EINVAL : Errno.OK;

    // Models iommufd_test_md_check_iotlb(), v1/11.
    private static Errno CheckFirstIotlb(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckIotlbV1>();
        var rc = GetMockHwpt(ucmd, cmd.Id, static _ => true, out var hwpt, out var mock);
        if (rc != Errno.OK)
            return rc;
        rc = mock.Iotlb[0] == cmd.Iotlb ? Errno.OK : Errno.EINVAL;
        ucmd.Context.Put(hwpt);
        return rc;
    }

    // Models iommufd_test_md_check_iotlb(), v6.8: only nested hwpts have an IOTLB now.
    private static Errno CheckAnyIotlb(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckIotlb>();
        var rc = GetMockHwpt(ucmd, cmd.Id, static hwpt => hwpt.Parent is not null, out var hwpt, out var mock);
        if (rc != Errno.OK)
            return rc;
        if (cmd.IotlbId >= mock.Iotlb.Length || mock.Iotlb[(int)cmd.IotlbId] != cmd.Iotlb)
            rc = Errno.EINVAL;
        ucmd.Context.Put(hwpt);
        return rc;
    }

    /// <summary>Until 6.7 nested hwpts are of the same type as paging ones.</summary>
    private static bool IsPaging(HwPagetable hwpt) => hwpt.Type == ObjectType.HwPagetable;

    // Models get_md_pagetable(), v6.3 and v6.7: any hwpt of this kind whose domain is the mock's.
    private static Errno GetMockHwpt(
        Ucmd ucmd,
        uint id,
        Func<HwPagetable, bool> isAskedFor,
        out HwPagetable hwpt,
        out ISelftestDomain mock
    )
    {
        mock = null!;
        var rc = ucmd.Context.Get(id, ObjectType.Any, out var obj);
        hwpt = (obj as HwPagetable)!;
        if (rc != Errno.OK)
            return rc;
        if (hwpt is null || !isAskedFor(hwpt))
        {
            ucmd.Context.Put(obj);
            return Errno.ENOENT;
        }

        if (hwpt.Domain is ISelftestDomain { HasOwnOps: true } domain)
        {
            mock = domain;
            return Errno.OK;
        }

        ucmd.Context.Put(hwpt);
        return Errno.EINVAL;
    }
}
