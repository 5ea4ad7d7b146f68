using System.Numerics;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Pages of page tables. They wait on lists to be freed, by a member of their struct page.</summary>
public static class IommuPages
{
    /// <summary>Zeroed; whole pages, a power of two. 0 without memory.</summary>
    // Models drivers/iommu/iommu-pages.c:iommu_alloc_pages_node_sz(), v7.3.
    [Provides("iommu_alloc_pages_node_sz")]
    public static ulong Allocate(Cpu cpu, int node, uint gfp, ulong size) =>
        cpu.Machine.Heap.Allocate(
            cpu,
            BitOperations.RoundUpToPowerOf2(Math.Max(size, MemoryMap.PageSize)),
            isZeroed: true,
            isPage: true
        );

    [Provides("iommu_free_pages")]
    public static void Free(Cpu cpu, ulong address) => cpu.Machine.Heap.Free(cpu, address);

    /// <summary>Pages are coherent here: devices see what the processor wrote.</summary>
    [Provides("iommu_pages_free_incoherent")]
    public static void FreeIncoherent(Cpu cpu, ulong address, ulong device) => Free(cpu, address);

    /// <summary>Frees all pages of the list, which is not emptied.</summary>
    // Models drivers/iommu/iommu-pages.c:iommu_put_pages_list(), v7.3.
    [Provides("iommu_put_pages_list")]
    public static void FreeList(Cpu cpu, ulong list)
    {
        var structs = cpu.Machine.Provided.Pages;
        var element = cpu.Machine.Image.OffsetOf("ioptdesc", "iopt_freelist_elm");
        for (var at = Next(cpu, list); at != list; )
        {
            var next = Next(cpu, at);
            Free(cpu, MemoryMap.Physical + (structs.FrameOf(at - element) * MemoryMap.PageSize));
            at = next;
        }
    }

    private static ulong Next(Cpu cpu, ulong at) => (ulong)cpu.Memory.Load64(at, cpu.Site);
}
