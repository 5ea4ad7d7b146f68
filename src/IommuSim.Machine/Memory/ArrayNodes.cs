namespace IommuSim.Machine.Memory;

/// <summary>
/// Which allocations it takes to reserve an index of a sparse array: the nodes of its tree that are not there. Models
/// lib/xarray.c:xas_create(), v7.3. An index is reserved with an entry that cannot be the tree's head, so index 0 of an
/// empty array takes a node too. When all indices but 0 go the kernel stores 0 as the head and frees its node; here
/// that node stays.
/// </summary>
internal static class ArrayNodes
{
    private const int BitsOfNode = 6;

    /// <summary>False when one of the nodes fails; none is needed for an index that is reserved already.</summary>
    public static bool CanReserve(this Heap heap, IReadOnlyCollection<uint> reserved, uint index, string function)
    {
        for (var node = Missing(reserved, index); node > 0; node--)
        {
            if (!heap.CanAllocate(function))
                return false;
        }

        return true;
    }

    /// <summary>How many nodes an index needs beyond those of the indices that are reserved.</summary>
    public static int Missing(IReadOnlyCollection<uint> reserved, uint index)
    {
        var levels = LevelsFor(index);
        if (reserved.Count == 0)
            return levels;
        var largest = 0u;
        foreach (var other in reserved)
            largest = Math.Max(largest, other);
        var there = LevelsFor(largest);
        var missing = Math.Max(levels - there, 0);
        levels = Math.Max(levels, there);
        for (var level = 1; level <= levels; level++)
        {
            var shift = level * BitsOfNode;
            if (!reserved.Any(other => (ulong)other >> shift == (ulong)index >> shift))
                missing++;
        }

        return missing;
    }

    private static int LevelsFor(uint index)
    {
        var levels = 1;
        while ((ulong)index >> (levels * BitsOfNode) != 0)
            levels++;
        return levels;
    }
}
