using System.Numerics;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Translation;

/// <summary>What some instructions of x86 do; called by translated code.</summary>
internal static class AssemblyForms
{
    /// <summary>Whether the bit is set; then it is set ('s'), reset ('r') or complemented ('c').</summary>
    /// <param name="bit">From the address on; may be negative, or beyond the first word.</param>
    /// <param name="size">Bytes that the instruction accesses at once.</param>
    public static int TestBit(KernelMemory memory, ulong address, long bit, int operation, int size, int site)
    {
        var bits = size * 8;
        var at = address + (ulong)((bit & ~(long)(bits - 1)) / 8);
        var mask = 1UL << (int)(bit & (bits - 1));
        var word = memory.LoadOdd(at, size, site);
        var changed = (char)operation switch
        {
            's' => word | mask,
            'r' => word & ~mask,
            'c' => word ^ mask,
            _ => word,
        };
        if (operation != ' ')
            memory.StoreTracked(at, changed, size, 0, site);
        return (word & mask) != 0 ? 1 : 0;
    }

    public static ulong ScanForward(ulong value, ulong whenZero) =>
        value == 0 ? whenZero : (ulong)BitOperations.TrailingZeroCount(value);

    public static ulong ScanReverse(ulong value, ulong whenZero) =>
        value == 0 ? whenZero : (ulong)BitOperations.Log2(value);

    /// <summary>rep stos: stores a unit so many times; the address after the last.</summary>
    public static ulong FillUnits(KernelMemory memory, ulong address, ulong unit, ulong count, int size, int site)
    {
        for (ulong i = 0; i < count; i++, address += (ulong)size)
            memory.StoreTracked(address, unit, size, 0, site);
        return address;
    }
}
