using System.Numerics;
using IommuSim.Iommu;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// The driver with its slips mended: every request is looked at before anything is done with it.
/// </summary>
internal static class VtdMended
{
    private const string Site = "intel_nested_cache_invalidate_user";
    private const ulong PageMask = 0xfff;

    /// <summary>A nested domain's coherency is its parent's: it has no op for it.</summary>
    private static readonly DomainOps s_march2023 = VtdDomainOps.NestedMarch2023 with
    {
        EnforceCacheCoherency = null,
        CacheInvalidateUser = InvalidateMarch2023,
    };

    /// <summary>As <see cref="s_march2023"/> with the invalidation of the companion series.</summary>
    private static readonly DomainOps s_march2023Unchecked = s_march2023 with
    {
        CacheInvalidateUser = VtdInvalidation.InvalidateMarch2023,
    };

    private static readonly DomainOps s_linux68 = VtdDomainOps.NestedLinux68 with
    {
        CacheInvalidateUser = InvalidateLinux68,
    };

    public static DomainAllocUserOp March2023 { get; } = AllocateWith(s_march2023);

    /// <summary>Whatever is wrong with an invalidation request is ignored or worse.</summary>
    public static DomainAllocUserOp March2023UncheckedRequests { get; } = AllocateWith(s_march2023Unchecked);

    /// <summary>The pointer to the data is followed though there may be none.</summary>
    public static DomainAllocUserOp March2023UncheckedData { get; } = AllocateWith(s_march2023, checksData: false);

    /// <summary>The parent is taken for one of its own.</summary>
    public static DomainAllocUserOp March2023UncheckedParent { get; } = AllocateWith(s_march2023, checksParent: false);

    public static Errno AllocateLinux68(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => VtdNestedAllocation.AllocateMerged(device, flags, parent, data, s_linux68, out domain);

    /// <summary>As <see cref="AllocateLinux68"/>; the parent is taken for one of its own.</summary>
    public static Errno AllocateLinux68UncheckedParent(
        IommuDevice device,
        uint flags,
        IommuDomain? parent,
        in UserData data,
        out IommuDomain? domain
    ) => VtdNestedAllocation.AllocateMerged(device, flags, parent, data, s_linux68, out domain, checksParent: false);

    /// <summary>
    /// EINVAL for data without a parent or the other way round and for a parent of another driver; ENOMEM.
    /// </summary>
    private static DomainAllocUserOp AllocateWith(
        DomainOps nestedOps,
        bool checksData = true,
        bool checksParent = true
    ) =>
        (IommuDevice device, uint _, IommuDomain? parent, in UserData data, out IommuDomain? domain) =>
        {
            domain = null;
            if (parent is null && data.Present)
                return Errno.EINVAL;
            if (parent is null)
                return VtdPaging.AllocateForUser(device, out domain);
            if (checksParent && !ReferenceEquals(parent.Ops, VtdDomainOps.PagingBefore))
                return Errno.EINVAL;
            if (checksData && data.Copied is null)
                return Errno.EINVAL;
            return VtdNestedAllocation.AllocateMarch2023(device, parent, data, nestedOps, out domain);
        };

    /// <summary>
    /// EOPNOTSUPP for bits that nobody defined, EINVAL for a granularity, an address or a count that makes
    /// no flush.
    /// </summary>
    private static Errno InvalidateMarch2023(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var data = request.Copied!.Read<HwptInvalidateIntelVtd>(nested.Machine, Site);
        var isPadded = ((ReadOnlySpan<byte>)data.Padding).ContainsAnyExcept((byte)0);
        if (isPadded || data.Reserved != 0 || data.Flags > 1)
            return Errno.EOPNOTSUPP;
        var isPageWise = data.GranuleSize == PageMask + 1 && (data.Addr & PageMask) == 0;
        var isCounted = data.NbGranules is > 0 and <= uint.MaxValue;
        if (
            data.Granularity != VtdConstants.IOMMU_VTD_QI_GRAN_DOMAIN
            && !(data.Granularity == VtdConstants.IOMMU_VTD_QI_GRAN_ADDR && isPageWise && isCounted)
        )
            return Errno.EINVAL;
        for (var device = nested.Devices.First; device is not null; device = device.Next)
            nested.FlushCount++;
        return Errno.OK;
    }

    /// <summary>
    /// As merged; a count of 0, an address that is not aligned to the count rounded up, and a count past the
    /// address space are EINVAL where the queue would warn.
    /// </summary>
    private static Errno InvalidateLinux68(IommuDomain domain, ref InvalidateRequest request) =>
        VtdInvalidationArray.InvalidateLinux68(domain, ref request, IsFlushable);

    private static bool IsFlushable(in HwptVtdS1Invalidate entry)
    {
        if (entry.Npages == VtdFlush.AllPages)
            return true;
        if (entry.Npages is 0 or > 1UL << 51)
            return false;
        var order = 64 - BitOperations.LeadingZeroCount(entry.Npages - 1);
        return (entry.Addr & ((1UL << (12 + order)) - 1)) == 0;
    }
}

/// <summary>Whether the queue can flush what an entry asks for.</summary>
internal delegate bool IsFlushableTest(in HwptVtdS1Invalidate entry);
