using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Iommu;

/// <summary>What drivers use from v4 on to copy their data from user space.</summary>
internal static class UserDataCopy
{
    /// <summary>Bytes of 2^10 pages.</summary>
    private const ulong LargestRun = 4UL << 20;

    /// <summary>
    /// Entries of one array after which the kernel's watchdog would report a stall: an assumption, and the bound that
    /// 7.2 introduced.
    /// </summary>
    public const uint WatchdogEntries = 1 << 19;

    /// <summary>
    /// EINVAL for no data, a wrong type, or a length outside <paramref name="minLength"/> to the size of
    /// <typeparamref name="T"/>; so a longer struct is EINVAL here and never E2BIG. EFAULT on a bad page.
    /// </summary>
    // Models include/linux/iommu.h:iommu_copy_struct_from_user(), v6.7.
    public static Errno CopyStruct<T>(KernelMachine machine, in UserData data, uint type, int minLength, out T value)
        where T : unmanaged
    {
        value = default;
        if (machine.WarnOn(!data.Present, "iommu_copy_struct_from_user", "the driver was given no data"))
            return Errno.EINVAL;
        if (data.Type != type)
            return Errno.EINVAL;
        return CopyBytes(machine, data.Uptr, data.Length, minLength, out value);
    }

    /// <summary>
    /// Entry <paramref name="index"/> of an invalidation array; same errors, and EINVAL past its end.
    /// </summary>
    // Models include/linux/iommu.h:iommu_copy_struct_from_user_array(), v6.8.
    public static Errno CopyEntry<T>(
        KernelMachine machine,
        in InvalidateRequest request,
        uint index,
        int minLength,
        out T value
    )
        where T : unmanaged
    {
        value = default;
        const string Site = "iommu_copy_struct_from_user_array";
        long limit = request.CountIsUnsigned ? (uint)request.EntryCount : (long)request.EntryCount;
        if (machine.WarnOn(index >= limit, Site, "index past the array"))
            return Errno.EINVAL;
        if (index >= WatchdogEntries)
            throw machine.Oops(ReportKind.HungTask, Site, "the user's count bounds the loop alone");
        var address = request.Uptr + ((ulong)request.EntryLength * index);
        return CopyBytes(machine, address, request.EntryLength, minLength, out value);
    }

    /// <summary>
    /// Memory for every entry of an array: false without, and for more than the largest run of pages, see
    /// <see cref="Bug.N21"/>.
    /// </summary>
    // Models mm/slub.c:___kmalloc_large_node() and mm/page_alloc.c:alloc_order_allowed(), v7.3.
    public static bool CanHold<T>(KernelMachine machine, uint count, string site)
        where T : unmanaged
    {
        var isTooMuch = (ulong)count * (ulong)Unsafe.SizeOf<T>() > LargestRun;
        machine.WarnOnOnce(
            isTooMuch && machine.Has(Bug.N21),
            "__alloc_frozen_pages_noprof",
            "more pages are asked for at once than there can be"
        );
        return !isTooMuch && machine.Heap.CanAllocate(site);
    }

    /// <summary>
    /// Every entry of an array at once. EFAULT, and E2BIG for entries that are longer and not zero there; the
    /// type is the caller's to check.
    /// </summary>
    // Models include/linux/iommu.h:iommu_copy_struct_from_full_user_array(), v7.3.
    public static Errno CopyFullArray<T>(KernelMachine machine, in InvalidateRequest request, Span<T> entries)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(entries);
        var size = Unsafe.SizeOf<T>();
        if (request.EntryLength == (uint)size)
            return machine.CopyFromUser(bytes, request.Uptr);
        for (var i = 0; i < entries.Length; i++)
        {
            var rc = machine.CopyStructFromUser(
                bytes.Slice(i * size, size),
                request.Uptr + ((ulong)request.EntryLength * (ulong)i),
                request.EntryLength
            );
            if (rc != Errno.OK)
                return rc;
        }

        return Errno.OK;
    }

    /// <summary>Writes back into the caller's data, as much as it has; EFAULT.</summary>
    // Models include/linux/iommu.h:iommu_copy_struct_to_user(), v7.3, for data that was copied before.
    public static Errno CopyStructBack<T>(KernelMachine machine, in UserData data, in T value)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        return machine.CopyToUser(data.Uptr, bytes[..(int)data.Length]);
    }

    private static Errno CopyBytes<T>(KernelMachine machine, ulong address, uint length, int minLength, out T value)
        where T : unmanaged
    {
        value = default;
        if (length < minLength || length > Unsafe.SizeOf<T>())
            return Errno.EINVAL;
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref value, 1));
        return machine.CopyStructFromUser(bytes, address, length);
    }
}
