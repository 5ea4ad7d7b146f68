using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>Cache invalidation of 7.3: any range is flushed by the smallest power of two around it.</summary>
internal static class VtdInvalidation73
{
    private const ulong PageMask = 0xfff;

    /// <summary>
    /// EINVAL for the type; per entry EINVAL or EFAULT for the copy, EOPNOTSUPP for unknown bits, EINVAL for the
    /// range, in this order.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user(), v7.3.
    public static Errno Invalidate(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var rc = request.Type == HwptInvalidateType.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 ? Errno.OK : Errno.EINVAL;
        uint handled = 0;
        while (rc == Errno.OK && handled < (uint)request.EntryCount)
        {
            rc = Handle(nested, in request, handled);
            handled += rc == Errno.OK ? 1u : 0u;
        }

        request.EntryCount = (int)handled;
        return rc;
    }

    private static Errno Handle(VtdNestedDomain domain, in InvalidateRequest request, uint index)
    {
        var rc = UserDataCopy.CopyEntry(
            domain.Machine,
            request,
            index,
            Unsafe.SizeOf<HwptVtdS1Invalidate>(),
            out HwptVtdS1Invalidate entry
        );
        if (rc != Errno.OK)
            return rc;
        if (entry.Reserved != 0 || (entry.Flags & ~VtdConstants.IOMMU_VTD_INV_FLAGS_LEAF) != 0)
            return Errno.EOPNOTSUPP;
        if ((entry.Addr & PageMask) != 0 || (entry.Npages == VtdFlush.AllPages && entry.Addr != 0))
            return Errno.EINVAL;
        if (domain.Devices.First is not null)
            domain.FlushCount++;
        return Errno.OK;
    }
}
