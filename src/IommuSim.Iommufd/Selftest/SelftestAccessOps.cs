using System.Collections.Immutable;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operations of IOMMU_TEST_CMD on accesses, each behind a descriptor.</summary>
internal static class SelftestAccessOps
{
    /// <summary>Bytes that an access moves or pins at once.</summary>
    private const ulong MaxLength = 16 << 20;

    private const uint PagesFlags = SelftestConstants.MOCK_FLAGS_ACCESS_WRITE | SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;

    private const uint TransferFlags =
        SelftestConstants.MOCK_FLAGS_ACCESS_WRITE
        | SelftestConstants.MOCK_ACCESS_RW_SLOW_PATH
        | SelftestConstants.MOCK_FLAGS_ACCESS_SYZ;

    public static ImmutableArray<TestOpRow> Rows { get; } =
    [
        TestOpRow.For<TestCreateAccess>(SelftestConstants.IOMMU_TEST_OP_CREATE_ACCESS, "CREATE_ACCESS", Create),
        TestOpRow.For<TestDestroyAccessPages>(
            SelftestConstants.IOMMU_TEST_OP_DESTROY_ACCESS_PAGES,
            "DESTROY_ACCESS_PAGES",
            DestroyPages
        ),
        TestOpRow.For<TestAccessPages>(SelftestConstants.IOMMU_TEST_OP_ACCESS_PAGES, "ACCESS_PAGES", PinPages),
        TestOpRow.For<TestAccessRw>(SelftestConstants.IOMMU_TEST_OP_ACCESS_RW, "ACCESS_RW", Transfer),
        TestOpRow.For<TestAccessReplaceIoas>(
            SelftestConstants.IOMMU_TEST_OP_ACCESS_REPLACE_IOAS,
            "ACCESS_REPLACE_IOAS",
            ReplaceIoas
        ),
    ];

    /// <summary>EOPNOTSUPP for flags, ENOMEM also without a descriptor, ENOENT, EADDRINUSE, EFAULT.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_create_access(), v6.12 and v7.3.
    private static Errno Create(Ucmd ucmd)
    {
        const string Site = "iommufd_test_alloc_access";
        ref var cmd = ref ucmd.Command<TestCreateAccess>();
        if ((cmd.Flags & ~SelftestConstants.MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES) != 0)
            return Errno.EOPNOTSUPP;
        var heap = ucmd.Machine.Heap;
        if (!heap.CanAllocate(Site) || !heap.CanAllocate("anon_inode_getfile"))
            return Errno.ENOMEM;
        var pins = cmd.Flags == SelftestConstants.MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES;
        var file = heap.Track(new SelftestAccess(ucmd.Context, pins), Site);
        var rc = Errno.ENOMEM;
        if (ucmd.Kernel.ReserveDescriptor(out var descriptor) == Errno.OK)
        {
            rc = CreateAttached(ucmd, file, descriptor.Number);
            if (rc == Errno.OK)
            {
                ucmd.Kernel.InstallDescriptor(descriptor, file);
                return rc;
            }

            ucmd.Kernel.CancelDescriptor(descriptor);
        }

        ucmd.Kernel.PutFile(file);
        return rc;
    }

    private static Errno CreateAttached(Ucmd ucmd, SelftestAccess file, int number)
    {
        ref var cmd = ref ucmd.Command<TestCreateAccess>();
        var rc = IommufdAccess.Create(ucmd.Context, file.Ops, out var access);
        if (rc != Errno.OK)
            return rc;
        rc = access.Attach(cmd.Id);
        if (rc == Errno.OK)
        {
            cmd.OutAccessFd = (uint)number;
            rc = ucmd.Respond();
        }

        if (rc == Errno.OK)
            file.Access = access;
        else
            access.DestroyUser();
        return rc;
    }

    /// <summary>EBADFD, and what a move returns: ENOENT, EADDRINUSE, ENOMEM, EBUSY.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_access_replace_ioas(), v6.12 and v7.3.
    private static Errno ReplaceIoas(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestAccessReplaceIoas>();
        if (Get(ucmd, cmd.Id) is not { } file)
            return Errno.EBADFD;
        var rc = file.Access!.Replace(cmd.IoasId);
        ucmd.Kernel.PutFile(file);
        return rc;
    }

    /// <summary>ENOMEM for more than 16 MiB, EOPNOTSUPP, EBADFD, EOPNOTSUPP for an access that does not pin.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_access_pages(), v6.12 and v7.3.
    private static Errno PinPages(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestAccessPages>();
        if (cmd.Length > MaxLength)
            return Errno.ENOMEM;
        if ((cmd.Flags & ~PagesFlags) != 0)
            return Errno.EOPNOTSUPP;
        if (Get(ucmd, cmd.Id) is not { } file)
            return Errno.EBADFD;
        var rc = Errno.EOPNOTSUPP;
        if (file.Ops.NeedsPinPages)
        {
            var iova = IovaOf(file, cmd.Flags, cmd.Iova);
            rc = ucmd.Machine.Heap.CanAllocate("iommufd_test_access_pages")
                ? file.PinPages(ucmd, iova, (cmd.Flags & SelftestConstants.MOCK_FLAGS_ACCESS_WRITE) != 0)
                : Errno.ENOMEM;
        }

        ucmd.Kernel.PutFile(file);
        return rc;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_access_item_destroy(), v6.12 and v7.3.
    private static Errno DestroyPages(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestDestroyAccessPages>();
        if (Get(ucmd, cmd.Id) is not { } file)
            return Errno.EBADFD;
        var rc = file.Unpin(cmd.AccessPagesId);
        ucmd.Kernel.PutFile(file);
        return rc;
    }

    /// <summary>
    /// ENOMEM for more than 16 MiB, EOPNOTSUPP, EBADFD, ENOMEM; EFAULT when there is nothing to write, then what the
    /// access returns, then EFAULT when there is no place for what was read.
    /// </summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_access_rw(), v6.12 and v7.3.
    private static Errno Transfer(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestAccessRw>();
        if (cmd.Length > MaxLength)
            return Errno.ENOMEM;
        if ((cmd.Flags & ~TransferFlags) != 0)
            return Errno.EOPNOTSUPP;
        if (Get(ucmd, cmd.Id) is not { } file)
            return Errno.EBADFD;
        var rc = ucmd.Machine.Heap.CanAllocate("iommufd_test_access_rw") ? Move(ucmd, file, cmd) : Errno.ENOMEM;
        ucmd.Kernel.PutFile(file);
        return rc;
    }

    private static Errno Move(Ucmd ucmd, SelftestAccess file, in TestAccessRw cmd)
    {
        var machine = ucmd.Machine;
        var writes = (cmd.Flags & SelftestConstants.MOCK_FLAGS_ACCESS_WRITE) != 0;
        var data = new byte[cmd.Length];
        if (writes && machine.CopyFromUser(data, cmd.Uptr) != Errno.OK)
            return Errno.EFAULT;
        var iova = IovaOf(file, cmd.Flags, cmd.Iova);
        var isSlow = (cmd.Flags & SelftestConstants.MOCK_ACCESS_RW_SLOW_PATH) != 0;
        var rc = file.Access!.Transfer(iova, data, new PagesTransfer(machine, writes, isSlow));
        if (rc != Errno.OK || writes)
            return rc;
        return machine.CopyToUser(cmd.Uptr, data) == Errno.OK ? Errno.OK : Errno.EFAULT;
    }

    private static ulong IovaOf(SelftestAccess file, uint flags, ulong iova) =>
        (flags & SelftestConstants.MOCK_FLAGS_ACCESS_SYZ) != 0 ? file.Access!.AddressInNth(iova) : iova;

    /// <summary>The access behind a descriptor of the program, with a reference; null for another file.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_access_get(), v6.12 and v7.3.
    private static SelftestAccess? Get(Ucmd ucmd, uint number)
    {
        if (ucmd.Kernel.GetFile((int)number) is not { } file)
            return null;
        if (file is SelftestAccess access)
            return access;
        ucmd.Kernel.PutFile(file);
        return null;
    }
}
