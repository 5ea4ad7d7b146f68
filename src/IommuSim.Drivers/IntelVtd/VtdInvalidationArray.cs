using System.Numerics;
using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>Cache invalidation since the driver reads an array in user memory itself, v4 and later.</summary>
internal static class VtdInvalidationArray
{
    private const ulong PageMask = 0xfff;

    /// <summary>
    /// EINVAL for short entries, which leaves the count as it was; per entry EINVAL or EFAULT. The
    /// count is unsigned here and signed in the helper, which warns of one past 2^31.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user(), VT-d v5 (core v4).
    public static Errno InvalidateV4(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        request.DriverError = 0;
        if (request.EntryLength < Unsafe.SizeOf<HwptVtdS1Invalidate>())
            return Errno.EINVAL;
        var rc = Errno.OK;
        uint handled = 0;
        for (; handled < (uint)request.EntryCount; handled++)
        {
            rc = HandleV4(nested, request, handled);
            if (rc != Errno.OK)
                break;
        }

        request.EntryCount = (int)handled;
        return rc;
    }

    /// <summary>
    /// EINVAL for the type; per entry EINVAL or EFAULT for the copy, EOPNOTSUPP for unknown bits,
    /// EINVAL for the range, in this order. No entry at all asks whether the type is supported.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user(), v6.8.
    public static Errno InvalidateLinux68(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var rc = Errno.OK;
        uint handled = 0;
        if (request.Type != HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1)
            rc = Errno.EINVAL;
        while (rc == Errno.OK && handled < (uint)request.EntryCount)
        {
            rc = HandleLinux68(nested, request, handled);
            handled += rc == Errno.OK ? 1u : 0u;
        }

        request.EntryCount = (int)handled;
        return rc;
    }

    private static Errno HandleV4(VtdNestedDomain domain, in InvalidateRequest request, uint index)
    {
        var rc = Copy(domain, request, index, out var entry);
        if (rc != Errno.OK)
            return rc;
        if (HasUnknownBits(entry) || (entry.Addr & PageMask) != 0)
            return Errno.EINVAL;
        for (var device = domain.Devices.First; device is not null; device = device.Next)
        {
            if (IsFirstOfItsUnit(domain, device))
                VtdFlush.PagesOrAll(domain, entry.Addr, entry.Npages);
        }

        return Errno.OK;
    }

    private static Errno HandleLinux68(VtdNestedDomain domain, in InvalidateRequest request, uint index)
    {
        var rc = Copy(domain, request, index, out var entry);
        if (rc != Errno.OK)
            return rc;
        if (HasUnknownBits(entry))
            return Errno.EOPNOTSUPP;
        if (!domain.Machine.Has(Bug.N2) && !IsFlushable(in entry))
            return Errno.EINVAL;
        if ((entry.Addr & PageMask) != 0 || (entry.Npages == VtdFlush.AllPages && entry.Addr != 0))
            return Errno.EINVAL;
        for (var device = domain.Devices.First; device is not null; device = device.Next)
        {
            if (IsFirstOfItsUnit(domain, device))
                VtdFlush.Queued(domain, entry.Addr, entry.Npages);
        }

        return Errno.OK;
    }

    /// <summary>
    /// Whether the queue can flush an entry without a warning: not a count of 0, an address that is not aligned to the
    /// count rounded up, or a count past the address space.
    /// </summary>
    private static bool IsFlushable(in HwptVtdS1Invalidate entry)
    {
        if (entry.Npages == VtdFlush.AllPages)
            return true;
        if (entry.Npages is 0 or > 1UL << 51)
            return false;
        var order = 64 - BitOperations.LeadingZeroCount(entry.Npages - 1);
        return (entry.Addr & ((1UL << (12 + order)) - 1)) == 0;
    }

    private static Errno Copy(
        VtdNestedDomain domain,
        in InvalidateRequest request,
        uint index,
        out HwptVtdS1Invalidate entry
    ) => UserDataCopy.CopyEntry(domain.Machine, request, index, Unsafe.SizeOf<HwptVtdS1Invalidate>(), out entry);

    private static bool HasUnknownBits(in HwptVtdS1Invalidate entry) =>
        entry.Reserved != 0 || (entry.Flags & ~VtdConstants.IOMMU_VTD_INV_FLAGS_LEAF) != 0;

    /// <summary>The domain has one id on a unit, however many of its devices are attached.</summary>
    private static bool IsFirstOfItsUnit(VtdNestedDomain domain, VtdDevice device)
    {
        for (var other = domain.Devices.First!; !ReferenceEquals(other, device); other = other.Next!)
        {
            if (other.Unit == device.Unit)
                return false;
        }

        return true;
    }
}
