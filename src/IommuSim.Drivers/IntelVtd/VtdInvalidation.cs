using System.Runtime.InteropServices;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>Cache invalidation while the core copied the request, v1 to v3.</summary>
internal static class VtdInvalidation
{
    /// <summary>
    /// Requests after which the kernel's watchdog would report a stall. An assumption, small enough to run; only a
    /// request of size 0 comes that far without memory to back it.
    /// </summary>
    public const uint WatchdogRequests = 1 << 16;

    private const string Site = "intel_nested_cache_invalidate_user";
    private const ulong PageMask = 0xfff;
    private const ulong PageSize = PageMask + 1;

    /// <summary>
    /// Flushes once for each attached device. As posted, what is wrong with the request is at most a message in the
    /// log, since the op is void; fixed, the request is checked before anything is flushed: EOPNOTSUPP for undefined
    /// bits, EINVAL for a granularity, an address or a count that cannot be flushed.
    /// </summary>
    // Models drivers/iommu/intel/iommu.c:intel_nested_cache_invalidate_user(), v1/vtd.
    public static Errno InvalidateMarch2023(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var machine = nested.Machine;
        if (!machine.Has(Bug.B30))
        {
            var rc = CheckMarch2023(request.Copied!.Read<HwptInvalidateIntelVtd>(machine, Site));
            if (rc != Errno.OK)
                return rc;
        }

        for (var device = nested.Devices.First; device is not null; device = device.Next)
        {
            if (machine.WarnOn(request.Copied is null, Site, "user_data is NULL"))
                break;
            var data = request.Copied!.Read<HwptInvalidateIntelVtd>(machine, Site);
            if (data.Granularity == VtdConstants.IOMMU_VTD_QI_GRAN_DOMAIN)
                nested.FlushCount++;
            else if (data.Granularity == VtdConstants.IOMMU_VTD_QI_GRAN_ADDR && IsPageWise(data))
                VtdFlush.Pages(nested, data.NbGranules);
        }

        return Errno.OK;
    }

    private static Errno CheckMarch2023(in HwptInvalidateIntelVtd data)
    {
        var isPadded = ((ReadOnlySpan<byte>)data.Padding).ContainsAnyExcept((byte)0);
        if (isPadded || data.Reserved != 0 || data.Flags > 1)
            return Errno.EOPNOTSUPP;
        if (data.Granularity == VtdConstants.IOMMU_VTD_QI_GRAN_DOMAIN)
            return Errno.OK;
        var isCounted = data.NbGranules is > 0 and <= uint.MaxValue;
        return data.Granularity == VtdConstants.IOMMU_VTD_QI_GRAN_ADDR && IsPageWise(data) && isCounted
            ? Errno.OK
            : Errno.EINVAL;
    }

    /// <summary>
    /// EFAULT for the count, EINVAL when it is 0; per request E2BIG, EFAULT or EINVAL. The number
    /// handled is written back on failure only: EFAULT when that fails.
    /// </summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user(), VT-d v3 (core v2).
    public static Errno InvalidateV2(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var machine = nested.Machine;
        if (machine.WarnOn(request.Copied is null, Site, "user_data is NULL"))
            return Errno.OK;
        var header = request.Copied!.Read<HwptInvalidateIntelVtdV2>(machine, Site);
        var rc = ReadCount(machine, header.EntryNrUptr, out var count);
        if (rc != Errno.OK)
            return rc;
        if (count == 0)
            return Errno.EINVAL;
        rc = HandleAll(nested, header.InvDataUptr, header.EntrySize, count, out var handled);
        if (rc != Errno.OK && WriteCount(machine, header.EntryNrUptr, handled) != Errno.OK)
            return Errno.EFAULT;
        return rc;
    }

    /// <summary>As v2, but no request at all is a success, and the number handled is always written back.</summary>
    // Models drivers/iommu/intel/nested.c:intel_nested_cache_invalidate_user(), VT-d v4 (core v3).
    public static Errno InvalidateV3(IommuDomain domain, ref InvalidateRequest request)
    {
        var nested = (VtdNestedDomain)domain;
        var machine = nested.Machine;
        var copied = machine.Heap.Deref(request.Copied, Site, "user_data");
        var header = copied.Read<HwptVtdS1InvalidateV3>(machine, Site);
        var rc = ReadCount(machine, header.EntryNrUptr, out var count);
        if (rc != Errno.OK)
            return rc;
        rc = HandleAll(nested, header.InvDataUptr, header.EntrySize, count, out var handled);
        return WriteCount(machine, header.EntryNrUptr, handled) == Errno.OK ? rc : Errno.EFAULT;
    }

    /// <summary>
    /// Handles requests until one fails. The offset of a request wraps at 32 bits; one of size 0
    /// reads nothing and is all zero.
    /// </summary>
    private static Errno HandleAll(VtdNestedDomain domain, ulong address, uint entrySize, uint count, out uint handled)
    {
        var machine = domain.Machine;
        for (handled = 0; handled < count; handled++)
        {
            if (handled == WatchdogRequests)
                throw machine.Oops(ReportKind.HungTask, Site, "the user's count bounds the loop alone");
            HwptVtdS1Invalidate data = default;
            var rc = machine.CopyStructFromUser(BytesOf(ref data), address + (handled * entrySize), entrySize);
            if (rc != Errno.OK)
                return rc;
            if (data.Reserved != 0 || (data.Flags & ~VtdConstants.IOMMU_VTD_INV_FLAGS_LEAF) != 0)
                return Errno.EINVAL;
            if ((data.Addr & PageMask) != 0)
                return Errno.EINVAL;
            for (var device = domain.Devices.First; device is not null; device = device.Next)
                VtdFlush.PagesOrAll(domain, data.Addr, data.Npages);
        }

        return Errno.OK;
    }

    private static bool IsPageWise(in HwptInvalidateIntelVtd data) =>
        data.GranuleSize == PageSize && (data.Addr & PageMask) == 0;

    private static Errno ReadCount(KernelMachine machine, ulong address, out uint count)
    {
        count = 0;
        return machine.CopyFromUser(BytesOf(ref count), address);
    }

    private static Errno WriteCount(KernelMachine machine, ulong address, uint count) =>
        machine.CopyToUser(address, BytesOf(ref count));

    private static Span<byte> BytesOf<T>(ref T value)
        where T : unmanaged => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1));
}
