using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd.Selftest;

/// <summary>The operations of IOMMU_TEST_CMD that look at what is mapped and pinned.</summary>
internal static class MappingOps
{
    private const ulong PageSize = IoptPages.PageSize;

    /// <summary>The mock's only page size in 6.12.</summary>
    private const ulong MockPageSize = 2048;

    /// <summary>6.12: numbers are checked before the lookup of the hwpt.</summary>
    public static ImmutableArray<TestOpRow> Linux612 { get; } = RowsWith(CheckMapLinux612);

    /// <summary>7.3: the alignment is the hwpt's page size.</summary>
    public static ImmutableArray<TestOpRow> Linux73 { get; } = RowsWith(CheckMapLinux73);

    private static ImmutableArray<TestOpRow> RowsWith(IoctlHandler checkMap) =>
        [
            TestOpRow.For<TestAddReserved>(SelftestConstants.IOMMU_TEST_OP_ADD_RESERVED, "ADD_RESERVED", AddReserved),
            TestOpRow.For<TestCheckMap>(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_MAP, "MD_CHECK_MAP", checkMap),
            TestOpRow.For<TestCheckRefs>(SelftestConstants.IOMMU_TEST_OP_MD_CHECK_REFS, "MD_CHECK_REFS", CheckRefs),
        ];

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_add_reserved(), v6.12 and v7.3.
    private static Errno AddReserved(Ucmd ucmd)
    {
        ref var cmd = ref ucmd.Command<TestAddReserved>();
        if (cmd.Length == 0)
            return Errno.EINVAL;
        var last = cmd.Start + (cmd.Length - 1);
        if (last < cmd.Start)
            return Errno.EOVERFLOW;
        var rc = ucmd.Context.Get(cmd.Id, ObjectType.Ioas, out Ioas ioas);
        if (rc != Errno.OK)
            return rc;
        rc = ioas.Iopt.Reserve(cmd.Start, last);
        ucmd.Context.Put(ioas);
        return rc;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_md_check_pa(), v6.12.
    private static Errno CheckMapLinux612(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckMap>();
        if (!IsValid(ucmd.Machine, in cmd, MockPageSize))
            return Errno.EINVAL;
        var rc = GetMockHwpt(ucmd, cmd.Id, out var hwpt);
        if (rc != Errno.OK)
            return rc;
        rc = ComparePages(ucmd, hwpt, in cmd, MockPageSize);
        ucmd.Context.Put(hwpt);
        return rc;
    }

    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_md_check_pa(), v7.3.
    private static Errno CheckMapLinux73(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckMap>();
        var rc = GetMockHwpt(ucmd, cmd.Id, out var hwpt);
        if (rc != Errno.OK)
            return rc;
        var bitmap = hwpt.Domain!.PgsizeBitmap;
        var pageSize = bitmap & (0 - bitmap);
        rc = IsValid(ucmd.Machine, in cmd, pageSize) ? ComparePages(ucmd, hwpt, in cmd, pageSize) : Errno.EINVAL;
        ucmd.Context.Put(hwpt);
        return rc;
    }

    private static bool IsValid(KernelMachine machine, in TestCheckMap cmd, ulong pageSize) =>
        ((cmd.Iova | cmd.Length | cmd.Uptr) % pageSize) == 0
        && (cmd.Uptr + cmd.Length >= cmd.Uptr || machine.Has(Bug.C26));

    /// <summary>
    /// EOVERFLOW for the page at the end of all addresses, EFAULT for one that is not there, EINVAL for another page or
    /// none behind an address.
    /// </summary>
    private static Errno ComparePages(Ucmd ucmd, HwPagetable hwpt, in TestCheckMap cmd, ulong pageSize)
    {
        if (cmd.Length == 0)
            return Errno.OK;
        var machine = ucmd.Machine;
        var memory = machine.Current.Memory;
        var start = cmd.Uptr / PageSize * PageSize;
        var there = memory.Pinnable(start, RoundUp(cmd.Uptr + cmd.Length - start), writable: false);
        for (ulong at = 0; at < cmd.Length; at += pageSize)
        {
            if (cmd.Uptr + at - start >= there)
                return IsAtTheEnd(cmd.Uptr + at) ? Errno.EOVERFLOW : Errno.EFAULT;
            var physical = machine.PhysicalMemory.AddressOf(memory, cmd.Uptr + at);
            if (hwpt.Domain!.Ops.IovaToPhys!(hwpt.Domain, cmd.Iova + at) != physical)
                return Errno.EINVAL;
        }

        return Errno.OK;
    }

    /// <summary>
    /// EINVAL for parts of pages, EOVERFLOW for the page at the end of all addresses, EFAULT for one that is not there,
    /// EIO for another count.
    /// </summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_md_check_refs(), v6.12 and v7.3.
    private static Errno CheckRefs(Ucmd ucmd)
    {
        var cmd = ucmd.Command<TestCheckRefs>();
        if (((cmd.Length | cmd.Uptr) % PageSize) != 0 || cmd.Uptr + cmd.Length < cmd.Uptr)
            return Errno.EINVAL;
        var memory = ucmd.Machine.Current.Memory;
        var all = ucmd.Machine.Heap.LiveOf<IoptPages>().ToArray();
        var there = memory.Pinnable(cmd.Uptr, cmd.Length, writable: false);
        for (ulong at = 0; at < cmd.Length; at += PageSize)
        {
            if (at >= there)
                return IsAtTheEnd(cmd.Uptr + at) ? Errno.EOVERFLOW : Errno.EFAULT;
            var physical = ucmd.Machine.PhysicalMemory.AddressOf(memory, cmd.Uptr + at);
            if (all.Sum(pages => (long)pages.PinsOf(physical)) != cmd.Refs)
                return Errno.EIO;
        }

        return Errno.OK;
    }

    /// <summary>
    /// EOVERFLOW for the page at the end of all addresses, EFAULT for one that is not there, EBADE for another one than
    /// was pinned.
    /// </summary>
    // Models drivers/iommu/iommufd/selftest.c:iommufd_test_check_pages(), v6.12 and v7.3.
    internal static Errno CompareWithUser(KernelMachine machine, ulong address, List<ulong> pages)
    {
        var memory = machine.Current.Memory;
        address -= address % PageSize;
        foreach (var physical in pages)
        {
            if (IsAtTheEnd(address))
                return Errno.EOVERFLOW;
            if (address >= UserAddressSpace.TaskSize || memory.Pinnable(address, PageSize, writable: false) < PageSize)
                return Errno.EFAULT;
            if (machine.PhysicalMemory.AddressOf(memory, address) != physical)
                return Errno.EBADE;
            address += PageSize;
        }

        return Errno.OK;
    }

    // Models mm/gup.c:gup_fast_fallback(), v6.12 and v7.3, as far as it looks at the end of a page.
    private static bool IsAtTheEnd(ulong address) => address - (address % PageSize) + PageSize == 0;

    private static ulong RoundUp(ulong length) => (length + (PageSize - 1)) / PageSize * PageSize;

    // Models drivers/iommu/iommufd/selftest.c:get_md_pagetable(), v6.12 and v7.3.
    internal static Errno GetMockHwpt(Ucmd ucmd, uint id, out HwPagetable hwpt)
    {
        var rc = ucmd.Context.Get(id, ObjectType.HwPagetable, out hwpt);
        if (rc != Errno.OK)
            return rc;
        if (ReferenceEquals(hwpt.Domain!.Owner, ucmd.Kernel.FindDriver("mock")!.Ops))
            return Errno.OK;
        ucmd.Context.Put(hwpt);
        return Errno.EINVAL;
    }
}
