using System.Runtime.CompilerServices;
using IommuSim.Machine.State;

namespace IommuSim.Source.Execution;

/// <summary>Accesses that look at more than one number: of bytes that must not be touched, or were never set.</summary>
internal sealed partial class KernelMemory
{
    /// <summary>Whether one of the bytes was never set, and which is the first of them.</summary>
    public bool HasUnset(ulong address, ulong length, out ulong first)
    {
        first = length;
        if (IsWhollySet(address, length))
            return false;
        for (first = 0; first < length; )
        {
            var at = address + first;
            var shadow = ShadowAt(at);
            if ((shadow & UnsetBit(at)) != 0)
                return true;
            first += shadow > byte.MaxValue ? 1 : Granule - (at % Granule);
        }

        return false;
    }

    /// <summary>What this byte is part of, when it must not be touched.</summary>
    internal Poison PoisonAt(ulong address)
    {
        if (!IsOurs(address, 1))
            return Poison.Wild;
        var poison = (byte)ShadowAt(address);
        if (poison is > 0 and < Granule)
            return (int)(address % Granule) < poison ? Poison.None : PoisonAfter(address);
        return (Poison)poison;
    }

    private void MarkSet(ulong address, ulong length)
    {
        if (IsWhollySet(address, length))
            return;
        for (ulong done = 0; done < length; )
        {
            var at = address + done;
            var rest = Math.Min(Granule - (at % Granule), length - done);
            ref var shadow = ref ShadowAt(at);
            if (shadow > byte.MaxValue)
                shadow &= rest == Granule ? byte.MaxValue : (ushort)~(UnsetBit(at) * ((1 << (int)rest) - 1));
            done += rest;
        }
    }

    private bool[]? UnsetBytes(ulong address, ulong length)
    {
        if (!HasUnset(address, length, out var first))
            return null;
        var unset = new bool[length];
        for (var i = first; i < length; i++)
            unset[i] = (ShadowAt(address + i) & UnsetBit(address + i)) != 0;
        return unset;
    }

    /// <summary>Copies from or to pages of programs, page by page.</summary>
    private void MoveForeign(ulong to, ulong from, ulong length, int site)
    {
        Span<byte> bytes = stackalloc byte[(int)MemoryMap.PageSize];
        while (length > 0)
        {
            var chunk = Math.Min(length, MemoryMap.PageSize - Math.Max(from, to) % MemoryMap.PageSize);
            chunk = Math.Min(chunk, MemoryMap.PageSize - Math.Min(from, to) % MemoryMap.PageSize);
            var part = bytes[..(int)chunk];
            if (IsOurs(from, chunk))
                Span(from, chunk).CopyTo(part);
            else
                Judge.ReadForeign(from, part, site);
            if (IsOurs(to, chunk))
            {
                part.CopyTo(Span(to, chunk));
                MarkSet(to, chunk);
            }
            else
            {
                Judge.WriteForeign(to, part, site);
            }

            (to, from, length) = (to + chunk, from + chunk, length - chunk);
        }
    }

    /// <summary>Whether the granules around these bytes may be touched and were set, as most were.</summary>
    private bool IsWhollySet(ulong address, ulong length) =>
        !Shadow(address & ~(ulong)(Granule - 1), length + (address % Granule)).ContainsAnyExcept((ushort)0);

    /// <summary>Whether an access goes on after it was judged.</summary>
    private bool CanReach(ulong address, ulong length, bool isWrite, int site)
    {
        if (IsOurs(address, length) && IsOpen(address, length))
            return true;
        var goesOn = Judge.Touch(address, length, isWrite, site);
        if (goesOn && isWrite && IsOurs(address, length))
            _dirty = Math.Max(_dirty, (Index(address + length - 1) + 1) * Granule);
        return goesOn;
    }

    private bool IsOpen(ulong address, ulong length)
    {
        if (IsWhollySet(address, length))
            return true;
        for (var at = address & ~(ulong)(Granule - 1); at < address + length; at += Granule)
        {
            var poison = (byte)ShadowAt(at);
            if (poison != 0 && (poison >= Granule || at + poison < address + length))
                return false;
        }

        return true;
    }

    /// <summary>
    /// Whether the access stays in one granule that may be touched, and which of its bytes were never set. What is
    /// allocated without being zeroed is filled so, member by member.
    /// </summary>
    private bool IsInOpenGranule(ulong address, int size, out int unset)
    {
        unset = 0;
        var offset = address - MemoryMap.Physical;
        var first = (int)(offset & (Granule - 1));
        if (offset > _lastOffset || first > Granule - size)
            return false;
        var shadow = ShadowAt(address);
        unset = (shadow >> (8 + first)) & ((1 << size) - 1);
        return (byte)shadow == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong LoadJudged(ulong address, int size, int site)
    {
        var value = LoadTrackedJudged(address, size, site, out var unset);
        if (unset != 0)
            Judge.UseUnset(site);
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong LoadTrackedJudged(ulong address, int size, int site, out ulong unset)
    {
        unset = 0;
        if (IsInOpenGranule(address, size, out var missing) && missing == 0)
            return Read(ref At(address), size);
        _watch?.Access(address, size, isWrite: false, site);
        if (!CanReach(address, (ulong)size, isWrite: false, site))
            return 0;
        if (!IsOurs(address, (ulong)size))
            return Judge.LoadForeign(address, size, site);
        for (var i = HasUnset(address, (ulong)size, out var first) ? (int)first : size; i < size; i++)
        {
            if ((ShadowAt(address + (ulong)i) & UnsetBit(address + (ulong)i)) != 0)
                unset |= 0xffUL << (i * 8);
        }

        return Read(ref At(address), size);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StoreJudged(ulong address, ulong value, int size, ulong unset, int site)
    {
        if (unset == 0 && IsInOpenGranule(address, size, out var missing))
        {
            Write(ref At(address), value, size);
            ShadowAt(address) &= (ushort)~(missing << (8 + (int)(address % Granule)));
            return;
        }

        _watch?.Access(address, size, isWrite: true, site);
        if (!CanReach(address, (ulong)size, isWrite: true, site))
            return;
        if (!IsOurs(address, (ulong)size))
        {
            Judge.StoreForeign(address, value, size, site);
            return;
        }

        Write(ref At(address), value, size);
        MarkSet(address, (ulong)size);
        for (var i = 0; i < size && unset != 0; i++, unset >>= 8)
        {
            // A byte of which a bit is set counts as set: bit fields are written one after the other.
            if ((byte)unset == byte.MaxValue)
                ShadowAt(address + (ulong)i) |= UnsetBit(address + (ulong)i);
        }
    }

    /// <summary>The bytes after the last of an object, in its last granule: red zone of what follows it.</summary>
    private Poison PoisonAfter(ulong address)
    {
        var next = Index(address) + 1;
        return next < _size / Granule && (byte)_arena.Shadow[next] >= (byte)Poison.StackRedZone
            ? (Poison)(byte)_arena.Shadow[next]
            : Poison.HeapRedZone;
    }

    private static ushort UnsetBit(ulong address) => (ushort)(1 << (8 + (int)(address % Granule)));

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

    Action IOwnState.Save()
    {
        var bytes = _arena.Bytes.AsSpan(0, _dirty).ToArray();
        var shadow = _arena.Shadow.AsSpan(0, _dirty / Granule).ToArray();
        return () =>
        {
            bytes.CopyTo(_arena.Bytes, 0);
            shadow.CopyTo(_arena.Shadow, 0);
            _arena.Clear(bytes.Length, _dirty);
        };
    }
}
