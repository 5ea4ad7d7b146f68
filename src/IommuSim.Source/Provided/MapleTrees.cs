using IommuSim.Machine;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Maple trees: ranges of numbers that have an entry each. The C looks into a tree only to see whether it is empty.
/// </summary>
internal static class MapleTrees
{
    /// <summary>What a tree that has entries shows as its root.</summary>
    private const ulong SomeRoot = 0x0a;

    /// <summary>
    /// The lowest free range of this size between <paramref name="min"/> and <paramref name="max"/>: -EINVAL, -EBUSY
    /// where there is none, -ENOMEM.
    /// </summary>
    // Models lib/maple_tree.c:mtree_alloc_range() and mas_empty_area(), v7.3.
    [Provides("mtree_alloc_range")]
    public static int AllocateRange(
        Cpu cpu,
        ulong tree,
        ulong start,
        ulong entry,
        ulong size,
        ulong min,
        ulong max,
        uint gfp
    )
    {
        if (min > max || size == 0 || max - min < size - 1)
            return -(int)Errno.EINVAL;
        if (IsEmpty(cpu, tree))
            cpu.Machine.Provided.MapleTrees.Forget(tree);
        var ranges = cpu.Machine.Provided.MapleTrees.Of(tree);
        if (!ranges.TryFindGap(size, min, max, out var first))
            return -(int)Errno.EBUSY;
        if (!cpu.Machine.Machine.Heap.CanAllocate(cpu.Caller))
            return -(int)Errno.ENOMEM;
        ranges.Add(first, first + size - 1, entry);
        cpu.Store(tree, "maple_tree", "ma_root", SomeRoot);
        cpu.Memory.Store64(start, (long)first, cpu.Site);
        return 0;
    }

    /// <summary>The entry of the range that has this number, or NULL.</summary>
    [Provides("mtree_load")]
    public static ulong Load(Cpu cpu, ulong tree, ulong index) =>
        IsEmpty(cpu, tree) ? 0 : cpu.Machine.Provided.MapleTrees.Of(tree).Find(index);

    /// <summary>Removes the range that has this number; its entry, or NULL.</summary>
    [Provides("mtree_erase")]
    public static ulong Erase(Cpu cpu, ulong tree, ulong index)
    {
        if (IsEmpty(cpu, tree))
            return 0;
        var ranges = cpu.Machine.Provided.MapleTrees.Of(tree);
        var entry = ranges.Remove(index);
        if (ranges.IsEmpty)
            Clear(cpu, tree);
        return entry;
    }

    [Provides("mtree_destroy")]
    public static void Destroy(Cpu cpu, ulong tree) => Clear(cpu, tree);

    /// <summary>The memory of the tree is read in any case, so that a stale tree is seen.</summary>
    private static bool IsEmpty(Cpu cpu, ulong tree)
    {
        // Its own lock is not modelled: each function here is one step.
        cpu.ReachMemory(tree, isWrite: true, cpu.Site);
        return cpu.Load(tree, "maple_tree", "ma_root") == 0;
    }

    private static void Clear(Cpu cpu, ulong tree)
    {
        cpu.Store(tree, "maple_tree", "ma_root", 0);
        cpu.Machine.Provided.MapleTrees.Forget(tree);
    }
}

/// <summary>The ranges of all maple trees, by the address of the tree.</summary>
internal sealed class MapleTreeTable
{
    private readonly Dictionary<ulong, MapleRanges> _trees = [];

    internal MapleTreeTable Copy()
    {
        var copy = new MapleTreeTable();
        foreach (var (address, ranges) in _trees)
            copy._trees.Add(address, ranges.Copy());
        return copy;
    }

    internal MapleRanges Of(ulong tree)
    {
        if (!_trees.TryGetValue(tree, out var ranges))
            _trees.Add(tree, ranges = new MapleRanges());
        return ranges;
    }

    internal void Forget(ulong tree) => _trees.Remove(tree);
}

/// <summary>Ranges that do not overlap, by their first number.</summary>
internal sealed class MapleRanges
{
    private readonly SortedList<ulong, (ulong Last, ulong Entry)> _ranges;

    public MapleRanges() => _ranges = [];

    private MapleRanges(MapleRanges from) => _ranges = new SortedList<ulong, (ulong, ulong)>(from._ranges);

    public bool IsEmpty => _ranges.Count == 0;

    public MapleRanges Copy() => new(this);

    public void Add(ulong first, ulong last, ulong entry) => _ranges.Add(first, (last, entry));

    /// <summary>The lowest start of a free range of this size, all of it from min to max.</summary>
    public bool TryFindGap(ulong size, ulong min, ulong max, out ulong first)
    {
        first = min;
        foreach (var (start, range) in _ranges)
        {
            if (range.Last < first)
                continue;
            if (start > first && start - first >= size)
                break;
            if (range.Last >= max)
                return false;
            first = range.Last + 1;
        }

        return max - first >= size - 1;
    }

    public ulong Find(ulong index)
    {
        var at = IndexOf(index);
        return at < 0 ? 0 : _ranges.Values[at].Entry;
    }

    public ulong Remove(ulong index)
    {
        var at = IndexOf(index);
        if (at < 0)
            return 0;
        var entry = _ranges.Values[at].Entry;
        _ranges.RemoveAt(at);
        return entry;
    }

    private int IndexOf(ulong index)
    {
        for (var at = 0; at < _ranges.Count; at++)
        {
            if (_ranges.Keys[at] <= index && index <= _ranges.Values[at].Last)
                return at;
        }

        return -1;
    }
}
