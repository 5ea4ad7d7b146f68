using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
internal sealed partial class KernelMemory : IOwnState
{
    private const int Granule = 8;
    private const int MaxSize = 1 << 30;

    /// <summary>Bytes by which memory grows: a task with its stack, and some objects.</summary>
    private const int Step = 128 << 10;

    /// <summary>Bytes that the arrays of a copy have at least: most machines of a search need no others.</summary>
    private const int CopyRoom = 512 << 10;

    /// <summary>Low byte: a <see cref="Poison"/>. High byte: a bit for each byte that was never set.</summary>
    [Stateless]
    private ushort[] _shadow;

    [Stateless]
    private byte[] _bytes;

    /// <summary>Bytes that are there; the arrays may be larger.</summary>
    private int _size;

    /// <summary>
    /// The last offset at which eight bytes are; 0 where accesses are watched, so that none is plain.
    /// </summary>
    private ulong _lastOffset;
    private IAccessWatch? _watch;

    /// <summary>Bytes from the start of which any was ever opened or closed; behind them all are wild, and 0.</summary>
    private int _used;

    /// <param name="size">Bytes from <see cref="MemoryMap.Physical"/> on; it grows when more is asked for.</param>
    public KernelMemory(int size)
    {
        Rent(size);
        Resize(size);
    }

    private KernelMemory(KernelMemory from)
    {
        Rent(Math.Max(from._used + Step, CopyRoom));
        Take(from._bytes, from._shadow, from._used);
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
        Return(_bytes, _shadow);
        (_bytes, _shadow) = (new byte[Granule], [(ushort)Poison.Wild]);
        (_size, _used, _lastOffset) = (0, 0, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Load8(ulong address, int site) =>
        IsPlain(address, 1) ? _bytes[address - MemoryMap.Physical] : (int)LoadJudged(address, 1, site);

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
        if (IsPlain(address, 8))
            Unsafe.WriteUnaligned(ref At(address), value);
        else
            StoreJudged(address, (ulong)value, 8, 0, site);
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
        if (!IsPlain(address, size))
            return LoadTrackedJudged(address, size, site, out unset);
        unset = 0;
        return Read(ref At(address), size);
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
                    _shadow[Index(to + (ulong)i)] |= UnsetBit(to + (ulong)i);
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
        return _bytes.AsMemory((int)(address - MemoryMap.Physical), (int)length);
    }

    /// <summary>From now on these bytes may be touched; they are set or not, and 0 where they are.</summary>
    internal void Open(ulong address, ulong length, bool isSet)
    {
        EnsureRoom(address, length);
        if (isSet)
            Span(address, length).Clear();
        var shadow = _shadow.AsSpan(Index(address), (int)((length + Granule - 1) / Granule));
        shadow.Fill(isSet ? (ushort)0 : (ushort)(byte.MaxValue << 8));
        if (length % Granule is not 0 and var rest)
            shadow[^1] = (ushort)((isSet ? 0 : ((1 << (int)rest) - 1) << 8) | (int)rest);
    }

    /// <summary>From now on these bytes must not be touched. Whole granules.</summary>
    internal void Close(ulong address, ulong length, Poison why)
    {
        EnsureRoom(address, length);
        _shadow.AsSpan(Index(address), (int)((length + Granule - 1) / Granule)).Fill((ushort)why);
    }

    /// <summary>Whether the arena has these bytes; what they are is another question.</summary>
    internal bool IsOurs(ulong address, ulong length)
    {
        var offset = address - MemoryMap.Physical;
        return offset < (ulong)_size && length <= (ulong)_size - offset;
    }

    internal Span<byte> Span(ulong address, ulong length) =>
        _bytes.AsSpan((int)(address - MemoryMap.Physical), (int)length);

    private void EnsureRoom(ulong address, ulong length)
    {
        var needed = (address - MemoryMap.Physical + length + (2 * Granule) - 1) & ~(ulong)(Granule - 1);
        if (needed > (ulong)_size)
            Grow(needed);
        _used = Math.Max(_used, (int)needed);
    }

    private void Grow(ulong needed)
    {
        if (needed > MaxSize)
            throw new InvalidOperationException($"a source kernel needs more than {MaxSize} bytes");
        var size = (int)needed + Step;
        if (size > _bytes.Length)
        {
            var (bytes, shadow) = (_bytes, _shadow);
            Rent(size);
            Take(bytes, shadow, _used);
            Return(bytes, shadow);
        }

        Resize(size);
    }

    /// <summary>Arrays of at least this many bytes, with anything in them.</summary>
    [MemberNotNull(nameof(_bytes), nameof(_shadow))]
    private void Rent(int size)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(size);
        _shadow = ArrayPool<ushort>.Shared.Rent(_bytes.Length / Granule);
    }

    private static void Return(byte[] bytes, ushort[] shadow)
    {
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<ushort>.Shared.Return(shadow);
    }

    /// <summary>What was used of other arrays is all that is there.</summary>
    private void Take(byte[] bytes, ushort[] shadow, int used)
    {
        bytes.AsSpan(0, used).CopyTo(_bytes);
        shadow.AsSpan(0, used / Granule).CopyTo(_shadow);
        (_size, _used) = (used, used);
    }

    /// <summary>More bytes are there, all of them wild, and 0.</summary>
    private void Resize(int size)
    {
        size &= ~(Granule - 1);
        _bytes.AsSpan(_size, size - _size).Clear();
        _shadow.AsSpan(_size / Granule, (size - _size) / Granule).Fill((ushort)Poison.Wild);
        _size = size;
        SetLastOffset();
    }

    private void SetLastOffset() => _lastOffset = _watch is null ? (ulong)_size - Granule : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlain(ulong address, int size)
    {
        var offset = address - MemoryMap.Physical;
        return offset <= _lastOffset
            && (offset & (Granule - 1)) <= (ulong)(Granule - size)
            && Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_shadow), (nint)(offset / Granule)) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte At(ulong address) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), (nint)(address - MemoryMap.Physical));

    private static int Index(ulong address) => (int)((address - MemoryMap.Physical) / Granule);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ref byte at, int size) =>
        size switch
        {
            1 => at,
            2 => Unsafe.ReadUnaligned<ushort>(ref at),
            4 => Unsafe.ReadUnaligned<uint>(ref at),
            8 => Unsafe.ReadUnaligned<ulong>(ref at),
            _ => ReadOdd(ref at, size),
        };

    private static ulong ReadOdd(ref byte at, int size)
    {
        ulong value = 0;
        for (var i = size - 1; i >= 0; i--)
            value = (value << 8) | Unsafe.Add(ref at, i);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(ref byte at, ulong value, int size)
    {
        switch (size)
        {
            case 1:
                at = (byte)value;
                break;
            case 2:
                Unsafe.WriteUnaligned(ref at, (ushort)value);
                break;
            case 4:
                Unsafe.WriteUnaligned(ref at, (uint)value);
                break;
            case 8:
                Unsafe.WriteUnaligned(ref at, value);
                break;
            default:
                WriteOdd(ref at, value, size);
                break;
        }
    }

    private static void WriteOdd(ref byte at, ulong value, int size)
    {
        for (var i = 0; i < size; i++, value >>= 8)
            Unsafe.Add(ref at, i) = (byte)value;
    }
}
