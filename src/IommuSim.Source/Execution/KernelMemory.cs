using System.Numerics;
using System.Runtime.CompilerServices;
using IommuSim.Machine.State;
using IommuSim.Source.Races;

namespace IommuSim.Source.Execution;

/// <summary>
/// A source kernel's memory: bytes, and for every eight of them which may be touched and which were ever set. Each
/// access of the C comes here with its size and its place in the source.
/// </summary>
/// <remarks>
/// What one eight-byte granule may is a number: 0, the usual one, is "all of it, and all is set", so that most accesses
/// look at one number and go on.
/// </remarks>
internal sealed unsafe partial class KernelMemory : IOwnState
{
    private const int Granule = Arena.Granule;
    private const int MaxSize = 1 << 30;

    /// <summary>Bytes by which memory grows: a task with its stack, and some objects.</summary>
    private const int Step = 128 << 10;

    /// <summary>Bytes that the arena of a copy has at least: most machines of a search need no other.</summary>
    private const int CopyRoom = 512 << 10;

    [Stateless]
    private Arena _arena = Arena.None;

    /// <summary>Where in ours the byte of address 0 would be.</summary>
    [Stateless]
    private byte* _start;

    /// <summary>Of the first granule.</summary>
    [Stateless]
    private ushort* _shadow;

    /// <summary>Bytes that are there; the arena may be larger.</summary>
    private int _size;

    /// <summary>
    /// The last offset at which eight bytes are; 0 where accesses are watched, so that none is plain.
    /// </summary>
    private ulong _lastOffset;

    /// <summary>The same in words of two, four and eight bytes.</summary>
    private ulong _last2;
    private ulong _last4;
    private ulong _last8;
    private IAccessWatch? _watch;

    /// <summary>Bytes from the start of which any was ever opened or closed; behind them all are wild, and 0.</summary>
    private int _used;

    /// <summary>Bytes behind which none was ever written to, not even by mistake.</summary>
    private int _dirty;

    /// <param name="size">Bytes from <see cref="MemoryMap.Physical"/> on; it grows when more is asked for.</param>
    public KernelMemory(int size)
    {
        Use(Arena.Rent(size, [], []));
        Resize(size);
    }

    private KernelMemory(KernelMemory from)
    {
        var room = Math.Max(from._used + Step, CopyRoom);
        Use(
            Arena.Rent(
                room,
                from._arena.Bytes.AsSpan(0, from._used),
                from._arena.Shadow.AsSpan(0, from._used / Granule)
            )
        );
        _used = _dirty = from._used;
        Resize(from._used + Step);
    }

    /// <summary>Judges the accesses that are not plainly right.</summary>
    internal IMemoryJudge Judge { get; set; } = RefusingJudge.Instance;

    /// <summary>Is told of every access before it is made; null for nobody, which costs nothing.</summary>
    internal IAccessWatch? Watch
    {
        get => _watch;
        set
        {
            _watch = value;
            SetLastOffset();
        }
    }

    public KernelMemory Copy() => new(this);

    /// <summary>Gives the memory to the next kernel that boots; this one must not be used any more.</summary>
    internal void Release()
    {
        if (_size == 0)
            return;
        _arena.Return(_dirty);
        Use(Arena.None);
        (_size, _used, _dirty) = (0, 0, 0);
        SetLastOffset(0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Load8(ulong address, int site) => IsPlain(address, 1) ? At(address) : (int)LoadJudged(address, 1, site);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Load16(ulong address, int site) =>
        IsPlain(address, 2) ? Unsafe.ReadUnaligned<ushort>(ref At(address)) : (int)LoadJudged(address, 2, site);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Load32(ulong address, int site) =>
        IsPlain(address, 4) ? Unsafe.ReadUnaligned<int>(ref At(address)) : (int)LoadJudged(address, 4, site);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Load64(ulong address, int site) =>
        IsPlain(address, 8) ? Unsafe.ReadUnaligned<long>(ref At(address)) : (long)LoadJudged(address, 8, site);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store8(ulong address, int value, int site)
    {
        if (IsPlain(address, 1))
            At(address) = (byte)value;
        else
            StoreJudged(address, (byte)value, 1, 0, site);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store16(ulong address, int value, int site)
    {
        if (IsPlain(address, 2))
            Unsafe.WriteUnaligned(ref At(address), (ushort)value);
        else
            StoreJudged(address, (ushort)value, 2, 0, site);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store32(ulong address, int value, int site)
    {
        if (IsPlain(address, 4))
            Unsafe.WriteUnaligned(ref At(address), value);
        else
            StoreJudged(address, (uint)value, 4, 0, site);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store64(ulong address, long value, int site)
    {
        var granule = BitOperations.RotateRight(address - MemoryMap.Physical, 3);
        if (granule <= _last8 && (byte)_shadow[granule] == 0)
        {
            _shadow[granule] = 0; // All of it is set from now on.
            Unsafe.WriteUnaligned(ref At(address), value);
        }
        else
        {
            StoreJudged(address, (ulong)value, 8, 0, site);
        }
    }

    /// <summary>A load of 1 to 8 bytes, also of 3, 5, 6 or 7.</summary>
    public ulong LoadOdd(ulong address, int size, int site)
    {
        var value = LoadTracked(address, size, site, out var unset);
        if (unset != 0)
            Judge.UseUnset(site);
        return value;
    }

    /// <summary>
    /// A load of a value that may never be used: unset bytes are not judged but told, a bit for each bit of the value.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong LoadTracked(ulong address, int size, int site, out ulong unset)
    {
        if (IsPlain(address, size))
        {
            unset = 0;
            return Read(ref At(address), size);
        }

        // A variable of its own, so that the caller's needs no address and can stay in a register.
        var value = LoadTrackedJudged(address, size, site, out var missing);
        unset = missing;
        return value;
    }

    /// <summary>A store of a value of which some bits, those in <paramref name="unset"/>, were never set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreTracked(ulong address, ulong value, int size, ulong unset, int site)
    {
        if (unset == 0 && IsPlain(address, size))
            Write(ref At(address), value, size);
        else
            StoreJudged(address, value, size, unset, site);
    }

    /// <summary>C's memset.</summary>
    public void Fill(ulong address, byte value, ulong length, int site)
    {
        if (length == 0)
            return;
        _watch?.Copy(address, length, isWrite: true, site);
        if (!CanReach(address, length, isWrite: true, site))
            return;
        if (!IsOurs(address, length))
        {
            for (ulong i = 0; i < length; i++)
                Judge.StoreForeign(address + i, value, 1, site);
            return;
        }

        Span(address, length).Fill(value);
        MarkSet(address, length);
    }

    /// <summary>C's memmove: what was never set stays so.</summary>
    public void Move(ulong to, ulong from, ulong length, int site)
    {
        if (length == 0)
            return;
        _watch?.Copy(from, length, isWrite: false, site);
        _watch?.Copy(to, length, isWrite: true, site);
        if (!CanReach(from, length, isWrite: false, site) | !CanReach(to, length, isWrite: true, site))
            return;
        if (!IsOurs(from, length) || !IsOurs(to, length))
        {
            MoveForeign(to, from, length, site);
            return;
        }

        var unset = UnsetBytes(from, length);
        Span(from, length).CopyTo(Span(to, length));
        MarkSet(to, length);
        if (unset is not null)
        {
            for (var i = 0; i < unset.Length; i++)
            {
                if (unset[i])
                    ShadowAt(to + (ulong)i) |= UnsetBit(to + (ulong)i);
            }
        }
    }

    /// <summary>
    /// The bytes themselves, judged as one access; empty where they cannot be reached at all. For functions that stand
    /// behind the C.
    /// </summary>
    public Span<byte> Reach(ulong address, ulong length, bool isWrite, int site)
    {
        if (length == 0)
            return default;
        _watch?.Copy(address, length, isWrite, site);
        if (!CanReach(address, length, isWrite, site) || !IsOurs(address, length))
            return default;
        if (isWrite)
            MarkSet(address, length);
        return Span(address, length);
    }

    /// <summary>
    /// The bytes for a program that maps them, good until memory grows; they count as set from now on.
    /// </summary>
    internal Memory<byte> MemoryAt(ulong address, ulong length)
    {
        MarkSet(address, length);
        return _arena.Bytes.AsMemory((int)(address - MemoryMap.Physical), (int)length);
    }

    /// <summary>From now on these bytes may be touched; they are set or not, and 0 where they are.</summary>
    internal void Open(ulong address, ulong length, bool isSet)
    {
        EnsureRoom(address, length);
        if (isSet)
            Span(address, length).Clear();
        OpenAgain(address, length, isSet);
    }

    /// <summary>As <see cref="Open"/>, of bytes that were opened or closed before.</summary>
    internal void OpenAgain(ulong address, ulong length, bool isSet = false)
    {
        var shadow = Shadow(address, length);
        shadow.Fill(isSet ? (ushort)0 : (ushort)(byte.MaxValue << 8));
        if (length % Granule is not 0 and var rest)
            shadow[^1] = (ushort)((isSet ? 0 : ((1 << (int)rest) - 1) << 8) | (int)rest);
    }

    /// <summary>From now on these bytes must not be touched. Whole granules.</summary>
    internal void Close(ulong address, ulong length, Poison why)
    {
        EnsureRoom(address, length);
        CloseAgain(address, length, why);
    }

    /// <summary>As <see cref="Close"/>, of bytes that were opened or closed before.</summary>
    internal void CloseAgain(ulong address, ulong length, Poison why) => Shadow(address, length).Fill((ushort)why);

    /// <summary>Whether the arena has these bytes; what they are is another question.</summary>
    internal bool IsOurs(ulong address, ulong length)
    {
        var offset = address - MemoryMap.Physical;
        return offset < (ulong)_size && length <= (ulong)_size - offset;
    }

    internal Span<byte> Span(ulong address, ulong length) =>
        _arena.Bytes.AsSpan((int)(address - MemoryMap.Physical), (int)length);

    private Span<ushort> Shadow(ulong address, ulong length) =>
        _arena.Shadow.AsSpan(Index(address), (int)((length + Granule - 1) / Granule));

    private void EnsureRoom(ulong address, ulong length)
    {
        var needed = (address - MemoryMap.Physical + length + (2 * Granule) - 1) & ~(ulong)(Granule - 1);
        if (needed > (ulong)_size)
            Grow(needed);
        _used = Math.Max(_used, (int)needed);
        _dirty = Math.Max(_dirty, _used);
    }

    private void Grow(ulong needed)
    {
        if (needed > MaxSize)
            throw new NotProvidedException($"not provided: more than {MaxSize >> 20} MiB of the kernel's memory");
        var size = (int)Math.Min(needed + Step, MaxSize);
        if (size > _arena.Bytes.Length)
        {
            var old = _arena;
            Use(Arena.Rent(size, old.Bytes.AsSpan(0, _dirty), old.Shadow.AsSpan(0, _dirty / Granule)));
            old.Return(_dirty);
        }

        Resize(size);
    }

    private void Use(Arena arena)
    {
        _arena = arena;
        _start = arena.FirstByte - MemoryMap.Physical;
        _shadow = arena.FirstShadow;
    }

    /// <summary>More bytes are there, all of them wild, and 0.</summary>
    private void Resize(int size)
    {
        _size = size & ~(Granule - 1);
        SetLastOffset();
    }

    private void SetLastOffset() => SetLastOffset(_watch is null ? (ulong)_size - Granule : 0);

    private void SetLastOffset(ulong last) =>
        (_lastOffset, _last2, _last4, _last8) = (last, last / 2, last / 4, last / 8);

    /// <remarks>
    /// Of an access that is not aligned the low bits come on top, so that it is behind the last. Such a one is looked
    /// at again, and so is one of 3, 5, 6 or 7 bytes.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlain(ulong address, int size)
    {
        var offset = address - MemoryMap.Physical;
        var (index, last, granule) = size switch
        {
            1 => (offset, _lastOffset, offset >> 3),
            2 => (BitOperations.RotateRight(offset, 1), _last2, offset >> 3),
            4 => (BitOperations.RotateRight(offset, 2), _last4, offset >> 3),
            _ => (BitOperations.RotateRight(offset, 3), _last8, BitOperations.RotateRight(offset, 3)),
        };
        return index <= last && _shadow[granule] == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte At(ulong address) => ref _start[address];

    private ref ushort ShadowAt(ulong address) => ref _arena.Shadow[Index(address)];

    private static int Index(ulong address) => (int)((address - MemoryMap.Physical) / Granule);
}
