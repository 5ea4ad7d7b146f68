using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>kmalloc and its kin. Each asks the run whether it fails.</summary>
internal static class Allocation
{
    internal const uint Zero = 0x100;
    private const uint MaySleep = 0x400;
    private const uint NoWarning = 0x2000;
    private const uint MustNotFail = 0x8000;

    /// <summary>The most that kmalloc ever gives: 2^10 pages.</summary>
    private const ulong MaxSlab = 4UL << 20;

    /// <summary>More than this at once is more memory than a machine has here.</summary>
    private const ulong MaxBlock = 256UL << 20;

    // Models mm/slub.c:__kmalloc_cache_noprof(), v7.3. The cache only says the size, which comes with it.
    [Provides("__kmalloc_cache_noprof")]
    [Provides("kmalloc_trace_noprof")]
    [Provides("kmalloc_trace")]
    public static ulong AllocateFromCache(Cpu cpu, ulong cache, uint flags, ulong size) =>
        Allocate(cpu, size, flags, "kmalloc");

    [Provides("__kmalloc_cache_node_noprof")]
    [Provides("kmalloc_node_trace")]
    public static ulong AllocateFromCache(Cpu cpu, ulong cache, uint flags, int node, ulong size) =>
        Allocate(cpu, size, flags, "kmalloc");

    // Models mm/slub.c:__kmalloc_noprof(), v7.3.
    [Provides("__kmalloc_noprof")]
    [Provides("__kmalloc")]
    public static ulong AllocateSized(Cpu cpu, ulong size, uint flags) => AllocateSlab(cpu, size, flags);

    [Provides("__kmalloc_large_noprof")]
    public static ulong AllocateLarge(Cpu cpu, ulong size, uint flags) => AllocateSlab(cpu, size, flags);

    [Provides("__kmalloc_node_noprof")]
    [Provides("__kmalloc_node")]
    public static ulong AllocateOnNode(Cpu cpu, ulong size, uint flags, int node) => AllocateSlab(cpu, size, flags);

    // Models mm/slub.c:__kvmalloc_node_noprof(), v7.3.
    [Provides("__kvmalloc_node_noprof")]
    public static ulong AllocateVirtual(Cpu cpu, ulong size, ulong alignment, uint flags, int node) =>
        AllocateVirtual(cpu, size, flags, node);

    // Models mm/util.c:__kvmalloc_node_noprof(), v6.12.
    [Provides("__kvmalloc_node_noprof")]
    [Provides("kvmalloc_node")]
    public static ulong AllocateVirtual(Cpu cpu, ulong size, uint flags, int node)
    {
        if (size > int.MaxValue)
            return Refuse(cpu, flags, "kvmalloc", size);
        return Allocate(cpu, size, flags, "kvmalloc");
    }

    /// <summary>The one cache that the C allocates from by name has the nodes of xarrays.</summary>
    // Models mm/slub.c:kmem_cache_alloc_lru_noprof(), v7.3.
    [Provides("kmem_cache_alloc_lru_noprof")]
    [Provides("kmem_cache_alloc_lru")]
    public static ulong AllocateNode(Cpu cpu, ulong cache, ulong lru, uint flags)
    {
        var image = cpu.Machine.Image;
        if (image.Has("radix_tree_node_cachep"))
        {
            var nodes = cpu.Memory.Load64(image.AddressOf("radix_tree_node_cachep"), cpu.Site);
            if (nodes != (long)cache)
                throw cpu.NotProvided("kmem_cache_alloc_lru from another cache", cpu.Site);
        }

        // An xarray asks without sleeping, and where that fails once more with sleeping: this is one decision.
        if ((flags & MaySleep) != 0 && cpu.NodeWasRefused)
        {
            cpu.NodeWasRefused = false;
            return 0;
        }

        // The cache's constructor leaves a node zeroed, and what is freed to it is zeroed again.
        var node = Allocate(cpu, image.SizeOf("xa_node"), flags | Zero, "kmem_cache_alloc");
        cpu.NodeWasRefused = node == 0 && (flags & MaySleep) == 0;
        return node;
    }

    // Models mm/slub.c:krealloc_node_align_noprof(), v7.3.
    [Provides("krealloc_node_align_noprof")]
    public static ulong Reallocate(Cpu cpu, ulong address, ulong size, ulong alignment, uint flags, int node) =>
        Reallocate(cpu, address, size, flags);

    // Models mm/slab_common.c:krealloc_noprof(), v6.12.
    [Provides("krealloc_noprof")]
    [Provides("krealloc")]
    public static ulong Reallocate(Cpu cpu, ulong address, ulong size, uint flags)
    {
        if (address <= MemoryMap.PageSize)
            return AllocateSlab(cpu, size, flags);
        var old = cpu.Machine.Heap.SizeOf(address);
        if (old == 0)
            cpu.Memory.Load8(address, cpu.Site);
        var moved = AllocateSlab(cpu, size, flags);
        if (moved == 0)
            return 0;
        cpu.Memory.Move(moved, address, Math.Min(old, size), cpu.Site);
        cpu.Machine.Heap.Free(cpu, address);
        return moved;
    }

    // Models mm/slub.c:kfree(), v7.3.
    [Provides("kfree")]
    [Provides("kfree_sensitive")]
    public static void Free(Cpu cpu, ulong address) => cpu.Machine.Heap.Free(cpu, address);

    // Models mm/slub.c:kvfree(), v7.3.
    [Provides("kvfree")]
    public static void FreeVirtual(Cpu cpu, ulong address) => cpu.Machine.Heap.Free(cpu, address);

    [Provides("kmem_cache_free")]
    public static void FreeToCache(Cpu cpu, ulong cache, ulong address) => cpu.Machine.Heap.Free(cpu, address);

    [Provides("ksize")]
    public static ulong SizeOf(Cpu cpu, ulong address) => cpu.Machine.Heap.SizeOf(address);

    [Provides("kmemdup_noprof")]
    [Provides("kmemdup")]
    public static ulong Duplicate(Cpu cpu, ulong from, ulong size, uint flags)
    {
        var copy = AllocateSlab(cpu, size, flags);
        if (copy != 0)
            cpu.Memory.Move(copy, from, size, cpu.Site);
        return copy;
    }

    /// <summary>Any block: 0 where the run lets it fail.</summary>
    internal static ulong Allocate(Cpu cpu, ulong size, uint flags, string function, bool isPage = false)
    {
        if ((flags & MaySleep) != 0)
            Atomic.MightSleep(cpu, function);
        if (size > MaxBlock)
            return 0;
        var heap = cpu.Machine.Heap;
        var isZeroed = (flags & Zero) != 0;
        return (flags & MustNotFail) == 0
            ? heap.Allocate(cpu, size, isZeroed, isPage)
            : heap.AllocateSurely(cpu, size, isZeroed, isPage);
    }

    private static ulong AllocateSlab(Cpu cpu, ulong size, uint flags) =>
        size > MaxSlab ? Refuse(cpu, flags, "kmalloc", size) : Allocate(cpu, size, flags, "kmalloc");

    private static ulong Refuse(Cpu cpu, uint flags, string function, ulong size)
    {
        if ((flags & NoWarning) == 0)
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, $"{function} of {size} bytes, which is too much");
        return 0;
    }
}
