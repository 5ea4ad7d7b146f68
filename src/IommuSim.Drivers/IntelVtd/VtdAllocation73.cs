using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>Domains of 7.3: page tables of the first stage where the unit has one, else of the second.</summary>
internal static class VtdAllocation73
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;
    private const int FourLevels = 48;
    private const int FiveLevels = 57;

    /// <summary>4 KiB, 2 MiB and 1 GiB.</summary>
    private const ulong PageSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    private static readonly DomainKind s_nested = new(DomainType.Nested, VtdAttach73.NestedOps) { ApertureEnd = 0 };

    private static readonly DirtyOps s_dirtyOps = new("intel_second_stage_dirty_ops", SetDirtyTracking);

    /// <summary>The blocking domain; anything else is allocated by <see cref="Paging"/>.</summary>
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        DomainMemory.BlockedOrPaging(device, type, VtdAttach73.Blocking, Paging);

    /// <summary>EOPNOTSUPP for data, flags, or features that the unit does not have; ENOMEM.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_paging_flags(), v7.3.
    public static Errno Paging(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        var profile = ((VtdDevice)device).Profile;
        domain = null;
        if (data.Present)
            return Errno.EOPNOTSUPP;
        if ((flags & ~Pasid) == 0 && profile is { HasScalableMode: true, HasFirstStage: true })
            return FirstStage(device, profile, out domain);
        return SecondStage(device, profile, flags, out domain);
    }

    /// <summary>
    /// EOPNOTSUPP for flags, a unit that cannot nest or another type, EINVAL for an unsuitable parent, EINVAL or
    /// EFAULT for the data, ENOMEM, in this order.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_iommu_domain_alloc_nested(), v7.3.
    public static Errno Nested(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        const string Site = "intel_iommu_domain_alloc_nested";
        domain = null;
        if (!((VtdDevice)device).Profile.CanNest || (flags & ~Pasid) != 0)
            return Errno.EOPNOTSUPP;
        if (data.Type != HwptType.IOMMU_HWPT_DATA_VTD_S1)
            return Errno.EOPNOTSUPP;
        if (
            !ReferenceEquals(parent!.Ops, VtdAttach73.SecondStageOps)
            || parent is not VtdPagingDomain { IsNestParent: true }
        )
            return Errno.EINVAL;
        return MakeNested(device, s_nested, parent, in data, Site, out domain);
    }

    /// <summary>EINVAL or EFAULT for the data, ENOMEM. The parent and the type of the data were checked.</summary>
    internal static Errno MakeNested(
        IommuDevice device,
        DomainKind kind,
        IommuDomain parent,
        in UserData data,
        string site,
        out IommuDomain? domain
    )
    {
        var machine = device.Machine;
        domain = null;
        var rc = UserDataCopy.CopyStruct(
            machine,
            data,
            HwptType.IOMMU_HWPT_DATA_VTD_S1,
            Unsafe.SizeOf<HwptVtdS1>(),
            out HwptVtdS1 stageOne
        );
        if (rc != Errno.OK)
            return rc;
        if (!machine.Heap.CanAllocate(site))
            return Errno.ENOMEM;
        var nested = new VtdNestedDomain(kind)
        {
            Machine = machine,
            Parent = parent,
            StageOne = VtdStageOne.Of(stageOne),
        };
        domain = machine.Heap.Track(nested, site);
        return Errno.OK;
    }

    /// <summary>Half of what the CPU's format reaches: the other half is the sign-extended one.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_first_stage(), v7.3.
    private static Errno FirstStage(IommuDevice device, in VtdProfile profile, out IommuDomain? domain)
    {
        var hasFive = profile.Width > FourLevels && profile.HasFiveLevelStageOne;
        var width = Math.Min(profile.Width, hasFive ? FiveLevels : FourLevels);
        var rc = Allocate(device, width, VtdAttach73.FirstStageOps, 0, (1UL << (width - 1)) - 1, out domain);
        return rc;
    }

    /// <summary>A parent takes no read-only mapping, for ERRATA_772415_SPR17 of some units, on every unit.</summary>
    // Models drivers/iommu/intel/iommu.c:intel_iommu_domain_alloc_second_stage(), v7.3.
    private static Errno SecondStage(IommuDevice device, in VtdProfile profile, uint flags, out IommuDomain? domain)
    {
        domain = null;
        if ((flags & ~(NestParent | Dirty | Pasid)) != 0)
            return Errno.EOPNOTSUPP;
        if ((flags & NestParent) != 0 && !profile.CanNest)
            return Errno.EOPNOTSUPP;
        if ((flags & Dirty) != 0 && !profile.CanTrackDirty)
            return Errno.EOPNOTSUPP;
        if (profile is { HasScalableMode: true, HasSecondStage: false })
            return Errno.EOPNOTSUPP;
        var width = profile.Width;
        return Allocate(device, width, VtdAttach73.SecondStageOps, flags, (1UL << width) - 1, out domain);
    }

    private static Errno Allocate(
        IommuDevice device,
        int width,
        DomainOps ops,
        uint flags,
        ulong last,
        out IommuDomain? domain
    )
    {
        const string Site = "paging_domain_alloc";
        var machine = device.Machine;
        domain = null;
        if (!machine.Heap.CanAllocate(Site) || !machine.Heap.CanAllocate("pt_iommu_init"))
            return Errno.ENOMEM;
        var kind = new DomainKind(DomainType.Unmanaged, ops)
        {
            ApertureEnd = last,
            PgsizeBitmap = PageSizes,
            MapRange = ReferenceEquals(ops, VtdAttach73.FirstStageOps) ? "x86_64_map_range" : "vtdss_map_range",
            DirtyOps = (flags & Dirty) != 0 ? s_dirtyOps : null,
            IsForceWriteable = (flags & NestParent) != 0,
        };
        var paging = new VtdPagingDomain(kind)
        {
            Machine = machine,
            Width = width,
            IsNestParent = (flags & NestParent) != 0,
        };
        domain = machine.Heap.Track(paging, Site);
        return Errno.OK;
    }

    // Models drivers/iommu/intel/iommu.c:intel_iommu_set_dirty_tracking(), v7.3: nothing can fail for domains
    // that can track.
    private static Errno SetDirtyTracking(IommuDomain domain, bool enable)
    {
        ((VtdPagingDomain)domain).TracksDirty = enable;
        return Errno.OK;
    }
}
