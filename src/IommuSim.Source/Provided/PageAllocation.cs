using System.Numerics;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Whole pages, also those of page tables, which the C keeps on lists that run through their struct page.
/// </summary>
internal static class PageAllocation
{
    private const uint HighMemory = 0x2;

    // Models mm/page_alloc.c:get_free_pages_noprof(), v7.3.
    [Provides("get_free_pages_noprof")]
    [Provides("__get_free_pages")]
    public static ulong Allocate(Cpu cpu, uint flags, uint order) =>
        AllocateBytes(cpu, flags, MemoryMap.PageSize << (int)order);

    [Provides("get_zeroed_page_noprof")]
    [Provides("get_zeroed_page")]
    public static ulong AllocateZeroed(Cpu cpu, uint flags) =>
        AllocateBytes(cpu, flags | Allocation.Zero, MemoryMap.PageSize);

    /// <summary>The struct page of the first page.</summary>
    [Provides("alloc_pages_noprof")]
    public static ulong AllocatePages(Cpu cpu, uint flags, uint order)
    {
        var address = Allocate(cpu, flags, order);
        return address == 0 ? 0 : cpu.Machine.PageStructs.OfAddress(address);
    }

    [Provides("__alloc_pages_noprof")]
    public static ulong AllocatePages(Cpu cpu, uint flags, uint order, int node, ulong nodes) =>
        AllocatePages(cpu, flags, order);

    [Provides("__free_pages")]
    public static void FreePages(Cpu cpu, ulong page, uint order) => Free(cpu, cpu.Machine.PageStructs.PageAt(page));

    // Models mm/page_alloc.c:free_pages(), v7.3.
    [Provides("free_pages")]
    public static void Free(Cpu cpu, ulong address, uint order) => Free(cpu, address);

    /// <summary>Zeroed, of at least a page, and aligned to its size, which is a power of two.</summary>
    // Models drivers/iommu/iommu-pages.c:iommu_alloc_pages_node_sz(), v7.3.
    [Provides("iommu_alloc_pages_node_sz")]
    public static ulong AllocateTable(Cpu cpu, int node, uint flags, ulong size) =>
        (flags & HighMemory) != 0
            ? Checks.Warn(cpu, "a page table must not be in high memory")
            : AllocateBytes(
                cpu,
                flags | Allocation.Zero,
                Math.Max(MemoryMap.PageSize, BitOperations.RoundUpToPowerOf2(size))
            );

    // Models drivers/iommu/iommu-pages.c:iommu_free_pages(), v7.3.
    [Provides("iommu_free_pages")]
    public static void FreeTable(Cpu cpu, ulong address) => Free(cpu, address);

    /// <summary>Devices are coherent here: what the C noted in the struct page needs no undoing.</summary>
    // Models drivers/iommu/iommu-pages.c:iommu_pages_free_incoherent(), v7.3.
    [Provides("iommu_pages_free_incoherent")]
    public static void FreeTable(Cpu cpu, ulong address, ulong device) => Free(cpu, address);

    /// <summary>Frees every page of the list.</summary>
    // Models drivers/iommu/iommu-pages.c:iommu_put_pages_list(), v7.3.
    [Provides("iommu_put_pages_list")]
    public static void FreeTables(Cpu cpu, ulong head)
    {
        var element = cpu.Machine.Image.OffsetOf("ioptdesc", "iopt_freelist_elm");
        for (var at = KernelList.First(cpu, head); at != head; )
        {
            var next = KernelList.First(cpu, at);
            Free(cpu, cpu.Machine.PageStructs.PageAt(at - element));
            at = next;
        }
    }

    private static ulong AllocateBytes(Cpu cpu, uint flags, ulong size)
    {
        var address = Allocation.Allocate(cpu, size, flags, "alloc_pages", isPage: true);
        var pages = cpu.Machine.PageStructs;
        for (ulong done = 0; address != 0 && done < size; done += MemoryMap.PageSize)
            pages.Forget(pages.OfAddress(address + done));
        return address;
    }

    private static void Free(Cpu cpu, ulong address) => cpu.Machine.Heap.Free(cpu, address);
}
