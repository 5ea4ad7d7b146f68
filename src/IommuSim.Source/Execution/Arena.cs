using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace IommuSim.Source.Execution;

/// <summary>
/// The arrays behind a <see cref="KernelMemory"/>, at places that do not change: translated code goes there by
/// pointers. Those of kernels that are done with are used again, for a search boots a kernel for each of its runs.
/// </summary>
internal sealed unsafe class Arena
{
    public const int Granule = 8;

    private static readonly ConcurrentBag<Arena>[] s_idle =
    [
        .. Enumerable.Range(0, 32).Select(_ => new ConcurrentBag<Arena>()),
    ];

    /// <summary>Bytes that are not as new.</summary>
    private int _dirty;

    private Arena(int size)
    {
        Bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        Shadow = GC.AllocateUninitializedArray<ushort>(size / Granule, pinned: true);
        FirstByte = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0);
        FirstShadow = (ushort*)Marshal.UnsafeAddrOfPinnedArrayElement(Shadow, 0);
        _dirty = size;
    }

    /// <summary>Stands where there is none any more: a single granule, which is wild.</summary>
    public static Arena None { get; } = CreateNone();

    public byte[] Bytes { get; }

    /// <summary>Low byte: a <see cref="Poison"/>. High byte: a bit for each byte that was never set.</summary>
    public ushort[] Shadow { get; }

    public byte* FirstByte { get; }

    public ushort* FirstShadow { get; }

    /// <summary>One of at least this many bytes, all but those of <paramref name="bytes"/> wild and 0.</summary>
    public static Arena Rent(int size, ReadOnlySpan<byte> bytes, ReadOnlySpan<ushort> shadow)
    {
        var power = BitOperations.Log2((uint)size - 1) + 1;
        var arena = s_idle[power].TryTake(out var idle) ? idle : new Arena(1 << power);
        bytes.CopyTo(arena.Bytes);
        shadow.CopyTo(arena.Shadow);
        arena.Clear(bytes.Length, arena._dirty);
        return arena;
    }

    /// <param name="dirty">Bytes that may have been written to.</param>
    public void Return(int dirty)
    {
        _dirty = dirty;
        s_idle[BitOperations.Log2((uint)Bytes.Length)].Add(this);
    }

    /// <summary>Makes these bytes wild, and 0.</summary>
    public void Clear(int first, int end)
    {
        if (first >= end)
            return;
        Bytes.AsSpan(first, end - first).Clear();
        Shadow.AsSpan(first / Granule, (end - first) / Granule).Fill((ushort)Poison.Wild);
    }

    private static Arena CreateNone()
    {
        var none = new Arena(Granule);
        none.Clear(0, Granule);
        return none;
    }
}
