using IommuSim.Iommu;
using IommuSim.Iommu.Dirty;
using IommuSim.Uapi;

namespace IommuSim.Drivers.Amd;

/// <summary>
/// Domains of 7.3: host tables, or those of the CPUs' format for PASIDs. Models drivers/iommu/amd/iommu.c.
/// </summary>
internal static class AmdPaging73
{
    private const uint NestParent = HwptAllocFlags.IOMMU_HWPT_ALLOC_NEST_PARENT;
    private const uint Dirty = HwptAllocFlags.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
    private const uint Pasid = HwptAllocFlags.IOMMU_HWPT_ALLOC_PASID;

    /// <summary>Of the CPUs' format, four levels without the one bit that means another thing for PASID 0.</summary>
    private const int GuestBits = 47;

    /// <summary>4 KiB, 2 MiB and 1 GiB.</summary>
    private const ulong GuestSizes = (1UL << 12) | (1UL << 21) | (1UL << 30);

    /// <summary>Every power of two from 4 KiB on, to 2 PiB; 512 GiB is broken.</summary>
    private const ulong HostSizes = ((1UL << 52) - 1) & ~0xffful & ~(1UL << 39);

    private static readonly DomainOps s_hostOps = new DomainOps("amdv1_ops")
    {
        AttachDev = Attach,
        EnforceCacheCoherency = static _ => true,
    }.WithPageTable();

    private static readonly DomainOps s_guestOps = s_hostOps with { Name = "amdv2_ops" };

    private static readonly DirtyOps s_dirtyOps = new(
        "amdv1_dirty_ops",
        static (domain, enable) =>
        {
            ((AmdDomain)domain).TracksDirty = enable;
            return Errno.OK;
        }
    );

    private static readonly IommuDomain s_blocking = new(
        new DomainKind(
            DomainType.Blocked,
            new DomainOps("blocked_domain")
            {
                AttachDev = static (_, _) => Errno.OK,
                SetDevPasid = static (_, _, _, _) => Errno.OK,
            }
        )
        {
            IsStatic = true,
        }
    );

    /// <summary>The blocking domain; anything else is allocated by <see cref="Paging"/>.</summary>
    public static IommuDomain? DomainAlloc(IommuDevice device, DomainType type) =>
        DomainMemory.BlockedOrPaging(device, type, s_blocking, Paging);

    /// <summary>
    /// EOPNOTSUPP for flags, data, flags that do not go together, and what the IOMMU lacks; ENOMEM.
    /// </summary>
    // Models amd_iommu_domain_alloc_paging_flags(), v7.3, with the default of its command line: host tables.
    public static Errno Paging(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    )
    {
        domain = null;
        if ((flags & ~(Dirty | Pasid | NestParent)) != 0 || data.Present)
            return Errno.EOPNOTSUPP;
        var profile = ((AmdDevice)device).Profile;
        return flags switch
        {
            0 => Host(device, profile, flags, out domain),
            Pasid when profile.HasPasids => Guest(device, out domain),
            _ when (flags & Pasid) != 0 => Errno.EOPNOTSUPP,
            _ when (flags & Dirty) != 0 && !profile.HasDirtyBits => Errno.EOPNOTSUPP,
            _ when (flags & NestParent) != 0 && !profile.CanNest => Errno.EOPNOTSUPP,
            _ => Host(device, profile, flags, out domain),
        };
    }

    // Models amd_iommu_domain_alloc_paging_v1(), v7.3: one level is added on top of the other as mappings need it,
    // so the table reaches all addresses from the start.
    private static Errno Host(IommuDevice device, in AmdProfile profile, uint flags, out IommuDomain? domain)
    {
        var bits = profile.HostBits;
        var kind = new DomainKind(DomainType.Unmanaged, s_hostOps)
        {
            ApertureEnd = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1,
            PgsizeBitmap = HostSizes & (bits > 52 ? ulong.MaxValue : (1UL << (bits - 1)) - 1),
            DirtyOps = (flags & Dirty) != 0 ? s_dirtyOps : null,
        };
        return Allocate(device, kind, out domain);
    }

    // Models amd_iommu_domain_alloc_paging_v2(), v7.3; CPU and IOMMU have four levels.
    private static Errno Guest(IommuDevice device, out IommuDomain? domain) =>
        Allocate(
            device,
            new DomainKind(DomainType.Unmanaged, s_guestOps)
            {
                ApertureEnd = (1UL << GuestBits) - 1,
                PgsizeBitmap = GuestSizes,
            },
            out domain
        );

    private static Errno Allocate(IommuDevice device, DomainKind kind, out IommuDomain? domain)
    {
        const string Site = "protection_domain_alloc";
        var heap = device.Machine.Heap;
        domain = null;
        if (!heap.CanAllocate(Site) || !heap.CanAllocate("pt_iommu_init"))
            return Errno.ENOMEM;
        domain = heap.Track(new AmdDomain(kind), Site);
        return Errno.OK;
    }

    /// <summary>
    /// EINVAL where the domain tracks dirty pages and the IOMMU cannot; then the device leaves its old domain, also
    /// when there is no memory for the new one: ENOMEM, see <see cref="Bug.N6"/>.
    /// </summary>
    // Models amd_iommu_attach_device(), v7.3. The core has tested whose domain it is.
    private static Errno Attach(IommuDomain domain, IommuDevice device)
    {
        if (device is not AmdDevice own)
            return Errno.EINVAL;
        if (domain.DirtyOps is not null && !own.Profile.HasDirtyBits)
            return Errno.EINVAL;
        if (ReferenceEquals(device.Attached, domain))
            return Errno.OK;
        if (device.Machine.Heap.CanAllocate("pdom_attach_iommu"))
            return Errno.OK;
        if (device.Machine.Has(Bug.N6))
            device.Attached = null;
        return Errno.ENOMEM;
    }
}
