using System.Numerics;
using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>
/// IOMMU_TEST_OP_DIRTY: pages of a mock's hwpt as if a device had written to them, by the bits of a bitmap. EINVAL for
/// pages of no size, a range that is not whole pages and a bitmap at address 0, EOVERFLOW for more than 16 MiB of bits,
/// ENOENT, EINVAL for a hwpt of another driver and for one that does not track, ENOMEM, EFAULT. The flags are not
/// looked at.
/// </summary>
internal static class DirtyPageOps
{
    private const ulong MostBits = 8ul << 24;

    /// <summary>
    /// 6.12: the number of a page of the caller's size is taken for the number of a page of the mock.
    /// </summary>
    private const ulong MockPageSize = 2048;

    private delegate bool MarkOp(IommuDomain domain, ulong iova, ulong pageSize);

    public static TestOpRow Linux612 { get; } =
        RowOf(
            static (domain, iova, pageSize) =>
                iova / pageSize <= ulong.MaxValue / MockPageSize
                && domain.PageTable.MarkDirty(iova / pageSize * MockPageSize)
        );

    /// <summary>7.3: a page that is not mapped counts too.</summary>
    public static TestOpRow Linux73 { get; } =
        RowOf(
            static (domain, iova, _) =>
            {
                domain.PageTable.MarkDirty(iova);
                return true;
            }
        );

    private static TestOpRow RowOf(MarkOp mark) =>
        TestOpRow.For<TestDirty>(SelftestConstants.IOMMU_TEST_OP_DIRTY, "DIRTY", ucmd => Handle(ucmd, mark));

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_dirty(), v6.12 and v7.3.
    private static Errno Handle(Ucmd ucmd, MarkOp mark)
    {
        var cmd = ucmd.Command<TestDirty>();
        var (size, length) = (cmd.PageSize, cmd.Length);
        if (size == 0 || length == 0 || cmd.Iova % size != 0 || length % size != 0 || cmd.Uptr == 0)
            return Errno.EINVAL;
        if (length / size > MostBits)
            return Errno.EOVERFLOW;
        var rc = MappingOps.GetMockHwpt(ucmd, cmd.Id, out var hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = Mark(ucmd, hwpt.Domain!, in cmd, mark);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static Errno Mark(Ucmd ucmd, IommuDomain domain, in TestDirty cmd, MarkOp mark)
    {
        if (domain is not ISelftestDomain { TracksDirty: true })
            return Errno.EINVAL;
        if (!ucmd.Machine.Heap.CanAllocate("iommufd_test_dirty"))
            return Errno.ENOMEM;
        var count = (int)(cmd.Length / cmd.PageSize);
        var words = new ulong[(count + 63) / 64];
        var bytes = MemoryMarshal.AsBytes(words.AsSpan())[..((count + 7) / 8)];
        if (ucmd.Machine.CopyFromUser(bytes, cmd.Uptr) != Errno.OK)
            return Errno.EFAULT;
        if (count % 64 != 0)
            words[^1] &= (1UL << (count % 64)) - 1;
        ulong marked = 0;
        for (var word = 0; word < words.Length; word++)
        {
            for (var rest = words[word]; rest != 0; rest &= rest - 1)
            {
                var page = ((ulong)word * 64) + (ulong)BitOperations.TrailingZeroCount(rest);
                marked += mark(domain, cmd.Iova + (page * cmd.PageSize), cmd.PageSize) ? 1u : 0;
            }
        }

        ucmd.Command<TestDirty>().OutNrDirty = marked;
        return ucmd.Respond();
    }
}
