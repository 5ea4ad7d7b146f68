using System.Numerics;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>The ids that each struct ida has handed out, by its address.</summary>
internal sealed class IdAllocators
{
    private readonly Dictionary<ulong, SortedSet<uint>> _taken = [];

    public IdAllocators Copy()
    {
        var copy = new IdAllocators();
        foreach (var (address, ids) in _taken)
            copy._taken.Add(address, [.. ids]);
        return copy;
    }

    /// <summary>The lowest free id from <paramref name="min"/> on.</summary>
    public uint Take(ulong ida, uint min)
    {
        if (!_taken.TryGetValue(ida, out var ids))
            _taken.Add(ida, ids = []);
        var id = min;
        while (!ids.Add(id))
            id++;
        return id;
    }

    public bool Free(ulong ida, uint id) => _taken.TryGetValue(ida, out var ids) && ids.Remove(id);

    public void Clear(ulong ida) => _taken.Remove(ida);
}

/// <summary>Id allocators and bitmaps.</summary>
internal static class Ids
{
    private const int WordBits = 64;
    private const int Enospc = -(int)Errno.ENOSPC;

    /// <summary>Its few allocations are no decision: an id allocator has room.</summary>
    // Models lib/idr.c:ida_alloc_range(), v7.3.
    [Provides("ida_alloc_range")]
    public static int AllocateId(Cpu cpu, ulong ida, uint min, uint max, uint flags)
    {
        if ((int)min < 0)
            return Enospc;
        cpu.ReachMemory(ida, isWrite: true, cpu.Site);
        var ids = cpu.Machine.Provided.Ids;
        var id = ids.Take(ida, min);
        if (id <= Math.Min(max, int.MaxValue))
            return (int)id;
        ids.Free(ida, id);
        return Enospc;
    }

    // Models lib/idr.c:ida_free(), v7.3.
    [Provides("ida_free")]
    public static void FreeId(Cpu cpu, ulong ida, uint id)
    {
        cpu.Machine.Races?.Clocks.Exchange(cpu, ida);
        if (!cpu.Machine.Provided.Ids.Free(ida, id))
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, $"ida_free of {id}, which is not allocated");
    }

    [Provides("ida_destroy")]
    public static void DestroyIds(Cpu cpu, ulong ida) => cpu.Machine.Provided.Ids.Clear(ida);

    // Models lib/bitmap.c:__bitmap_set(), v7.3.
    [Provides("__bitmap_set")]
    public static void SetBits(Cpu cpu, ulong map, uint start, int count) => Change(cpu, map, start, count, set: true);

    // Models lib/bitmap.c:__bitmap_clear(), v7.3.
    [Provides("__bitmap_clear")]
    public static void ClearBits(Cpu cpu, ulong map, uint start, int count) =>
        Change(cpu, map, start, count, set: false);

    /// <summary>The first bit from <paramref name="start"/> on that is 1, or <paramref name="size"/>.</summary>
    // Models lib/find_bit.c:_find_next_bit(), v7.3.
    [Provides("_find_next_bit")]
    public static ulong FindNextBit(Cpu cpu, ulong map, ulong size, ulong start) => Find(cpu, map, size, start, 0);

    [Provides("_find_next_zero_bit")]
    public static ulong FindNextZero(Cpu cpu, ulong map, ulong size, ulong start) => Find(cpu, map, size, start, -1);

    [Provides("_find_first_bit")]
    public static ulong FindFirstBit(Cpu cpu, ulong map, ulong size) => Find(cpu, map, size, 0, 0);

    [Provides("_find_first_zero_bit")]
    public static ulong FindFirstZero(Cpu cpu, ulong map, ulong size) => Find(cpu, map, size, 0, -1);

    private static ulong Find(Cpu cpu, ulong map, ulong size, ulong start, long invert)
    {
        for (var bit = start; bit < size; bit = (bit / WordBits + 1) * WordBits)
        {
            var word = (ulong)(cpu.Memory.Load64(map + (bit / WordBits * 8), cpu.Site) ^ invert);
            word &= ulong.MaxValue << (int)(bit % WordBits);
            if (word != 0)
                return Math.Min(size, (bit / WordBits * WordBits) + (ulong)BitOperations.TrailingZeroCount(word));
        }

        return size;
    }

    private static void Change(Cpu cpu, ulong map, uint start, int count, bool set)
    {
        var end = start + (ulong)Math.Max(count, 0);
        for (ulong bit = start; bit < end; )
        {
            var inWord = (int)(bit % WordBits);
            var taken = (int)Math.Min((ulong)(WordBits - inWord), end - bit);
            var mask = (taken == WordBits ? ulong.MaxValue : (1UL << taken) - 1) << inWord;
            var address = map + (bit / WordBits * 8);
            var word = (ulong)cpu.Memory.Load64(address, cpu.Site);
            cpu.Memory.Store64(address, (long)(set ? word | mask : word & ~mask), cpu.Site);
            bit += (ulong)taken;
        }
    }
}
