using System.Collections.Frozen;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;

namespace IommuSim.Source.Execution;

/// <summary>
/// The memory that the kernel's C allocates: between red zones, and not used again before much else was freed, so that
/// a stale pointer is seen.
/// </summary>
internal sealed class SourceHeap
{
    private const ulong RedZone = 32;
    private const ulong Alignment = 32;

    /// <summary>Bytes of freed memory that wait before they are used again, red zones included.</summary>
    private const ulong Quarantine = 4 << 20;

    /// <summary>As many as most runs have: growing took a search time.</summary>
    private const int FirstBlocks = 256;

    private readonly KernelMemory _memory;

    /// <summary>By address: those that live, and those that were freed and are not used again yet.</summary>
    private readonly Dictionary<ulong, HeapBlock> _blocks = new(FirstBlocks);

    /// <summary>What the kernel allocated before it was copied, shared by all copies: read only.</summary>
    private readonly FrozenDictionary<ulong, HeapBlock> _ofBoot;

    /// <summary>What copies share, until a block is allocated or freed here.</summary>
    private FrozenDictionary<ulong, HeapBlock>? _frozen;
    private readonly Queue<HeapBlock> _freed = new();
    private readonly Dictionary<ulong, Stack<ulong>> _reusable = [];
    private ulong _freedBytes;
    private ulong _next;

    /// <param name="start">The first address after the kernel's variables.</param>
    internal SourceHeap(KernelMemory memory, ulong start)
    {
        _memory = memory;
        _ofBoot = FrozenDictionary<ulong, HeapBlock>.Empty;
        _next = start;
    }

    private SourceHeap(SourceHeap from, KernelMemory memory)
    {
        _memory = memory;
        _ofBoot = from._frozen ??= from.Freeze();
        _next = from._next;
    }

    /// <summary>
    /// The blocks that live, in a copy of the memory, as part of the kernel; freed ones stay out of use.
    /// </summary>
    internal SourceHeap Copy(KernelMemory memory) => new(this, memory);

    /// <summary>
    /// kmalloc and its kin: the address, or 0 where the run decides that the allocation fails.
    /// </summary>
    /// <param name="size">Bytes; 0 gives an address that must not be touched.</param>
    /// <param name="isPage">Whole pages, aligned to their size.</param>
    public ulong Allocate(Cpu cpu, ulong size, bool isZeroed, bool isPage = false)
    {
        var canAllocate = cpu.Machine.Machine.Heap.CanAllocate(cpu.Caller);
        return canAllocate ? AllocateSurely(cpu, size, isZeroed, isPage) : 0;
    }

    /// <summary>The same where the kernel does not let it fail, or where it was decided before.</summary>
    internal ulong AllocateSurely(Cpu cpu, ulong size, bool isZeroed, bool isPage = false)
    {
        var alignment = isPage ? Math.Max(MemoryMap.PageSize, size) : Alignment;
        var block = new HeapBlock(Place(size, alignment), size, isPage, cpu.Site, cpu.Machine.Image)
        {
            OuterSite = cpu.OuterSite,
        };
        _memory.Close(block.Address - RedZone, RedZone, Poison.HeapRedZone);
        _memory.Open(block.Address, size, isZeroed);
        _memory.Close(block.Address + RoundUp(size, 8), RedZone, Poison.HeapRedZone);
        _blocks[block.Address] = block;
        _frozen = null;
        cpu.Machine.Machine.Heap.Track(block, cpu.Caller);
        return block.Address;
    }

    /// <summary>kfree: what is freed must be the start of a block that lives; NULL and errors are nothing.</summary>
    public void Free(Cpu cpu, ulong address)
    {
        if (address == 0)
            return;
        var machine = cpu.Machine.Machine;
        cpu.Machine.Races?.Free(cpu, address, SizeOf(address));
        if (FindStart(address) is not { } block)
        {
            cpu.Machine.Reporter.Report(ReportKind.InvalidFree, cpu.Site, $"{address:x16} is no block of the heap");
            return;
        }

        if (block.Freed)
        {
            cpu.Machine.Reporter.Report(
                ReportKind.DoubleFree,
                cpu.Site,
                $"a block that was freed before, of {block.Describe()}"
            );
            return;
        }

        if (block.IsOfBoot)
            _blocks.Add(address, machine.Heap.Track(block = block.OfBoot(), cpu.Caller));
        machine.Heap.Free(block, cpu.Caller);
        _memory.Close(address, RoundUp(block.Size, 8), Poison.Freed);
        _frozen = null;
        _freed.Enqueue(block);
        _freedBytes += RedZone + block.Size + RedZone;
        Release();
    }

    /// <summary>Bytes of the block that starts here; 0 for none.</summary>
    public ulong SizeOf(ulong address) => FindLive(address)?.Size ?? 0;

    /// <summary>The block that starts here and was not freed.</summary>
    internal HeapBlock? FindLive(ulong address) => FindStart(address) is { Freed: false } block ? block : null;

    /// <summary>The block that has this byte, or the nearest one before it; for reports.</summary>
    internal HeapBlock? Find(ulong address)
    {
        HeapBlock? nearest = null;
        foreach (var block in _blocks.Values.Concat(_ofBoot.Values))
        {
            if (block.Address <= address + RedZone && (nearest is null || block.Address > nearest.Address))
                nearest = block;
        }

        return nearest is not null && address < nearest.Address + RoundUp(nearest.Size, 8) + RedZone ? nearest : null;
    }

    /// <summary>Zeroed memory that is part of the kernel: its allocation cannot fail, and it is never freed.</summary>
    internal ulong AllocateFixed(ulong size)
    {
        var address = Place(size, Alignment);
        _memory.Open(address, size, isSet: true);
        _memory.Close(address + RoundUp(size, 8), RedZone, Poison.HeapRedZone);
        return address;
    }

    /// <summary>Memory for a task's stack, all of it closed.</summary>
    internal ulong AllocateStack(ulong size)
    {
        // Older kernels find their task at the start of the stack, by the address of a variable in it.
        var address = Place(size, size);
        _memory.Close(address, size, Poison.StackRedZone);
        return address;
    }

    private HeapBlock? FindStart(ulong address) =>
        _blocks.TryGetValue(address, out var block) || _ofBoot.TryGetValue(address, out block) ? block : null;

    private FrozenDictionary<ulong, HeapBlock> Freeze() =>
        _blocks
            .Values.Concat(_ofBoot.Values.Where(block => !_blocks.ContainsKey(block.Address)))
            .Where(block => !block.Freed)
            .ToFrozenDictionary(block => block.Address, block => block.OfBoot());

    private ulong Place(ulong size, ulong alignment)
    {
        var taken = RoundUp(Math.Max(size, 8), 8);
        if (_reusable.TryGetValue(Key(taken, alignment), out var places) && places.TryPop(out var place))
            return place;
        var address = RoundUp(_next + RedZone, alignment);
        _next = address + taken + RedZone;
        return address;
    }

    private void Release()
    {
        while (_freedBytes > Quarantine)
        {
            var block = _freed.Dequeue();
            _freedBytes -= RedZone + block.Size + RedZone;
            if (block.IsOfBoot)
                continue;
            _blocks.Remove(block.Address);
            var alignment = block.IsPage ? Math.Max(MemoryMap.PageSize, block.Size) : Alignment;
            var key = Key(RoundUp(Math.Max(block.Size, 8), 8), alignment);
            if (!_reusable.TryGetValue(key, out var places))
                _reusable.Add(key, places = new Stack<ulong>());
            places.Push(block.Address);
        }
    }

    private static ulong Key(ulong size, ulong alignment) => (size << 1) | (alignment == Alignment ? 0UL : 1UL);

    private static ulong RoundUp(ulong value, ulong alignment) => (value + alignment - 1) & ~(alignment - 1);
}

/// <summary>One allocation of the kernel's C.</summary>
internal sealed class HeapBlock(ulong address, ulong size, bool isPage, int site, KernelImage image) : HeapObject
{
    public ulong Address { get; } = address;

    /// <summary>Bytes.</summary>
    public ulong Size { get; } = size;

    public bool IsPage { get; } = isPage;

    /// <summary>Where it was allocated.</summary>
    public int Site { get; } = site;

    /// <summary>Where the function that allocated it was called: helpers allocate for others.</summary>
    public int OuterSite { get; init; }

    /// <summary>Allocated before the first call: it lives as long as the kernel.</summary>
    public bool IsOfBoot { get; init; }

    /// <summary>Belongs to a device that was plugged in, and so lives as long as the machine.</summary>
    public bool IsOfDevice { get; set; }

    /// <summary>The same as a part of the kernel.</summary>
    public HeapBlock OfBoot() => new(Address, Size, IsPage, Site, image) { OuterSite = OuterSite, IsOfBoot = true };

    /// <summary>As reports name it.</summary>
    public override string ToString() => $"{Size} bytes";

    /// <summary>The same, and who allocated and freed it, a line for each.</summary>
    public string Describe() => $"{this}\nallocated by {image.Sites.Describe(Site)}{FreeingTask}";
}
