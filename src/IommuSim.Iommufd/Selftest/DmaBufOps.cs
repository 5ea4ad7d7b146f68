using System.Collections.Immutable;
using IommuSim.Iommufd.Files;
using IommuSim.Iommufd.Mappings;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operations of IOMMU_TEST_CMD that export memory and revoke it.</summary>
internal static class DmaBufOps
{
    private const ulong MaxLength = 512 * IoptPages.PageSize;

    public static ImmutableArray<TestOpRow> Rows { get; } =
    [
        TestOpRow.For<TestDmabufGet>(
            SelftestConstants.IOMMU_TEST_OP_DMABUF_GET,
            "DMABUF_GET",
            static ucmd => Get(ucmd)
        ),
        TestOpRow.For<TestDmabufRevoke>(
            SelftestConstants.IOMMU_TEST_OP_DMABUF_REVOKE,
            "DMABUF_REVOKE",
            static ucmd => Revoke(ucmd)
        ),
    ];

    /// <summary>
    /// EINVAL for no length and for more than 512 pages, ENOMEM, EMFILE. The file has the lowest descriptor that is
    /// free, which the call does not return.
    /// </summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_dmabuf_get(), v7.3.
    private static Errno Get(Ucmd ucmd)
    {
        const string Site = "iommufd_test_dmabuf_get";
        var cmd = ucmd.Command<TestDmabufGet>();
        var length = (cmd.Length + (IoptPages.PageSize - 1)) / IoptPages.PageSize * IoptPages.PageSize;
        if (length is 0 or > MaxLength)
            return Errno.EINVAL;
        var heap = ucmd.Machine.Heap;
        if (!heap.CanAllocate(Site) || !heap.CanAllocate(Site) || !heap.CanAllocate("dma_buf_export"))
            return Errno.ENOMEM;
        var buffer = heap.Track(new DmaBuf(ucmd.Kernel, length), "dma_buf_export");
        var rc = ucmd.Kernel.ReserveDescriptor(out var descriptor);
        if (rc == Errno.OK)
            ucmd.Kernel.InstallDescriptor(descriptor, buffer);
        else
            ucmd.Kernel.PutFile(buffer);
        return rc;
    }

    /// <summary>EBADF for no file, EINVAL for another one.</summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_dmabuf_revoke(), v7.3, and
    // drivers/dma-buf/dma-buf.c:dma_buf_get().
    private static Errno Revoke(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestDmabufRevoke>();
        if (ucmd.Kernel.GetFile(cmd.DmabufFd) is not { } file)
            return ucmd.Machine.Current.Memory.FindFile(cmd.DmabufFd) is null ? Errno.EBADF : Errno.EINVAL;
        if (file is DmaBuf buffer)
            buffer.Revoke(cmd.Revoked != 0);
        ucmd.Kernel.PutFile(file);
        return file is DmaBuf ? Errno.OK : Errno.EINVAL;
    }
}
