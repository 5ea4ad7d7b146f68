using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Mock;

/// <summary>The mock's domains in 6.12, and from 7.0 on: dirty tracking, larger pages, PASIDs.</summary>
internal static class MockLinux73
{
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const uint PagetableDefault = 0;
    private const uint PagetableHuge = 1;

    private const ulong PageSize = 4096;
    private const ulong MockPageSize = 2048;
    private const ulong HugePageSize = 512 * MockPageSize;
    private const ulong ApertureStart = 1UL << 24;
    private const ulong ApertureLast = (1UL << 31) - 1;

    /// <summary>
    /// What three levels of the page table of 7.3 translate, with 2 KiB pages and 512 entries a table: the mock's
    /// format adds no level on top.
    /// </summary>
    // Models drivers/iommu/generic_pt/fmt/amdv1.h:amdv1pt_iommu_fmt_init(), v7.3.
    private const ulong PagetableLast = (1UL << (11 + (3 * 9))) - 1;

    /// <summary>Every power of two from the smallest page on; the largest covers a quarter of the addresses.</summary>
    // Models drivers/iommu/generic_pt/iommu_pt.h:get_info() and amdv1pt_possible_sizes(), v7.3.
    private const ulong PagetableSizes = (PagetableLast >> 1) & ~(MockPageSize - 1);

    private static readonly DomainOps s_paging612 = MockDriver.PagingOps with { AttachDev = MockAttach.Attach612 };

    private static readonly DomainOps s_paging73 = s_paging612 with
    {
        Name = "amdv1_mock_ops",
        AttachDev = MockAttach.Attach73,
        SetDevPasid = MockAttach.SetDevPasid,
    };

    private static readonly DomainKind s_nested612 = MockMerged.Nested68 with
    {
        Ops = MockMerged.Nested68.Ops with { AttachDev = MockAttach.Attach612 },
    };

    public static readonly DomainKind Nested = s_nested612 with
    {
        Ops = s_nested612.Ops with { AttachDev = MockAttach.Attach73, SetDevPasid = MockAttach.SetDevPasid },
    };

    private static readonly DirtyOps s_dirtyOps612 = new("dirty_ops", SetDirtyTracking)
    {
        ReadAndClearDirty = ReadAndClearDirty612,
    };

    private static readonly DirtyOps s_dirtyOps73 = new("amdv1_mock_dirty_ops", SetDirtyTracking);

    private static readonly DomainOps s_blockingOps = new("mock_blocking_ops")
    {
        AttachDev = MockAttach.Attach73,
        SetDevPasid = MockAttach.SetDevPasid,
    };

    private static readonly IommuDomain s_blocking = new(
        new DomainKind(DomainType.Blocked, s_blockingOps) { IsStatic = true }
    );

    private static readonly DomainKind s_pagetable = new(DomainType.Unmanaged, s_paging73)
    {
        ApertureStart = ApertureStart,
        ApertureEnd = ApertureLast,
        PgsizeBitmap = PagetableSizes,
        MapRange = "amdv1_mock_map_range",
    };

    private static readonly DomainKind s_hugePagetable = new(DomainType.Unmanaged, s_paging73)
    {
        ApertureEnd = PagetableLast,
        PgsizeBitmap = HugePageSize | PageSize,
        MapRange = "amdv1_mock_map_range",
    };

    private static readonly DomainKind s_dirtyPagetable = s_pagetable with { DirtyOps = s_dirtyOps73 };

    private static readonly DomainKind s_hugeDirtyPagetable = s_hugePagetable with { DirtyOps = s_dirtyOps73 };

    /// <summary>A blocking domain, or for callers without data a paging one.</summary>
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        type == DomainType.Blocked ? s_blocking : Paging612(device, dirty: false);

    // Models mock_domain_alloc_user(), v6.12.
    public static Errno AllocUser612(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if (parent is not null)
        {
            if (data.Type != HwptType.IOMMU_HWPT_DATA_SELFTEST || flags != 0)
                return Errno.EOPNOTSUPP;
            return ReferenceEquals(parent.Ops, s_paging612)
                ? MockMerged.AllocNested<HwptSelftest67>(device, s_nested612, in data, out domain)
                : Errno.EINVAL;
        }

        if ((flags & ~(NestParent | Dirty)) != 0 || data.Present)
            return Errno.EOPNOTSUPP;
        var tracksDirty = (flags & Dirty) != 0;
        if (tracksDirty && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        domain = Paging612(device, tracksDirty);
        return domain is null ? Errno.ENOMEM : Errno.OK;
    }

    // Models mock_domain_alloc_paging_flags(), v7.3. Data of no type is data of the wrong one.
    public static Errno AllocPagingFlags(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if ((flags & ~(Dirty | NestParent | Pasid)) != 0)
            return Errno.EOPNOTSUPP;
        if ((flags & Dirty) != 0 && !device.DirtyTracking)
            return Errno.EOPNOTSUPP;
        var config = default(HwptSelftest73);
        if (data.Present)
        {
            if (data.Type is not (HwptType.IOMMU_HWPT_DATA_SELFTEST or HwptType.IOMMU_HWPT_DATA_NONE))
                return Errno.EOPNOTSUPP;
            var rc = CopyConfig(device, in data, out config);
            if (rc != Errno.OK)
                return rc;
        }

        return AllocPagetable(device, config.PagetableType, flags, out domain);
    }

    // Models mock_domain_alloc_nested(), v7.3.
    public static Errno AllocNested(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if ((flags & ~Pasid) != 0)
            return Errno.EOPNOTSUPP;
        if (parent is not { Type: DomainType.Unmanaged })
            return Errno.EINVAL;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_SELFTEST)
            return Errno.EOPNOTSUPP;
        return MockMerged.AllocNested<HwptSelftest73>(device, Nested, in data, out domain);
    }

    // Models mock_domain_set_dirty_tracking(), v6.12 and v7.3.
    private static Errno SetDirtyTracking(IommuDomain domain, bool enable)
    {
        ((MockDomain)domain).TracksDirty = enable;
        return Errno.OK;
    }

    /// <summary>
    /// Without tracking nothing is recorded. A range that begins inside a large page goes on in steps of its size from
    /// there: what is recorded lies as far behind what was written to.
    /// </summary>
    // Models mock_domain_read_and_clear_dirty(), v6.12.
    private static Errno ReadAndClearDirty612(
        IommuDomain domain,
        ulong iova,
        ulong length,
        bool clears,
        ref IovaBitmap bitmap
    )
    {
        if (!((MockDomain)domain).TracksDirty && !bitmap.IsNone)
            return Errno.EINVAL;
        var end = iova + length;
        while (iova < end && domain.PageTable.TryFindEntry(iova, out var page))
        {
            if (page.Start == iova)
                return DirtyEntries.ReadAndClear(domain, iova, end - iova, clears, ref bitmap);
            var size = page.Last - page.Start + 1;
            if (domain.PageTable.Dirty is { } dirty && !dirty.Between(iova, iova).IsEmpty)
            {
                bitmap.Set(iova, size);
                if (clears)
                    dirty.Remove(page.Start, page.Last);
            }

            iova += size;
        }

        return Errno.OK;
    }

    private static Errno CopyConfig(IommuDevice device, in UserData data, out HwptSelftest73 config) =>
        UserDataCopy.CopyStruct(device.Machine, in data, HwptType.IOMMU_HWPT_DATA_SELFTEST, sizeof(uint), out config);

    // Models mock_domain_alloc_pgtable(), v7.3: the allocation comes first, then the check of the type.
    private static Errno AllocPagetable(IommuDevice device, uint type, uint flags, out IommuDomain? domain)
    {
        const string Site = "mock_domain_alloc_pgtable";
        var heap = device.Machine.Heap;
        domain = null;
        if (!heap.CanAllocate(Site))
            return Errno.ENOMEM;
        if (type is not (PagetableDefault or PagetableHuge))
            return Errno.EOPNOTSUPP;
        if (!heap.CanAllocate("pt_iommu_amdv1_mock_init"))
            return Errno.ENOMEM;
        var kind = (type == PagetableHuge, (flags & Dirty) != 0) switch
        {
            (false, false) => s_pagetable,
            (false, true) => s_dirtyPagetable,
            (true, false) => s_hugePagetable,
            (true, true) => s_hugeDirtyPagetable,
        };
        domain = heap.Track(new MockDomain(kind) { VdeviceSize = ((MockDevice)device).VdeviceSize }, Site);
        return Errno.OK;
    }

    // Models mock_domain_alloc_paging(), v6.12.
    private static IommuDomain? Paging612(IommuDevice device, bool dirty)
    {
        const string Site = "mock_domain_alloc_paging";
        if (!device.Machine.Heap.CanAllocate(Site))
            return null;
        return device.Machine.Heap.Track(new MockDomain(Kind612((MockDevice)device, s_paging612, dirty)), Site);
    }

    /// <summary>The page table of 6.12, with these ops.</summary>
    internal static DomainKind Kind612(MockDevice device, DomainOps ops, bool dirty) =>
        new(DomainType.Unmanaged, ops)
        {
            ApertureStart = ApertureStart,
            ApertureEnd = ApertureLast,
            PgsizeBitmap = MockPageSize | (device.HasHugePages ? HugePageSize : 0),
            DirtyOps = dirty ? s_dirtyOps612 : null,
        };
}
