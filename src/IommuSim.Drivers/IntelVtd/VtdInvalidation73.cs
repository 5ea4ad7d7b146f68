using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>
/// Cache invalidation of 6.12 and 7.3: any range is flushed by the smallest power of two around it, which 6.12 cannot
/// compute of no pages, see <see cref="Bug.N2"/>.
/// </summary>
internal static class VtdInvalidation73
{
    private const int PageShift = 12;
    private const ulong PageMask = 0xfff;

    /// <summary>
    /// EINVAL for the type; per entry EINVAL or EFAULT for the copy, EOPNOTSUPP for unknown bits, EINVAL for the
    /// range, in this order.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user() and
    // cache.c:calculate_psi_aligned_address(), v6.12.117 and v7.3.
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
        if (domain.Devices.First is null)
            return Errno.OK;
        domain.FlushCount++;
        var hasNoBytes = entry.Npages << PageShift == 0;
        if (hasNoBytes && domain.Machine.Has(Bug.N2))
            domain.Machine.Report(
                ReportKind.ShiftOutOfBounds,
                "calculate_psi_aligned_address",
                "the smallest power of two that holds no page is 2^64"
            );
        return Errno.OK;
    }
}
