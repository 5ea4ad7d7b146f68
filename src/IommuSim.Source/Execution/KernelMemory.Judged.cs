using IommuSim.Machine.State;

namespace IommuSim.Source.Execution;

/// <summary>Accesses that look at more than one number: of bytes that must not be touched, or were never set.</summary>
internal sealed partial class KernelMemory
{
    /// <summary>Whether one of the bytes was never set, and which is the first of them.</summary>
    public bool HasUnset(ulong address, ulong length, out ulong first)
    {
        for (first = 0; first < length; )
        {
            var at = address + first;
            var shadow = _shadow[Index(at)];
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
        var poison = (byte)_shadow[Index(address)];
        if (poison is > 0 and < Granule)
            return (int)(address % Granule) < poison ? Poison.None : PoisonAfter(address);
        return (Poison)poison;
    }

    private void MarkSet(ulong address, ulong length)
    {
        for (ulong done = 0; done < length; )
        {
            var at = address + done;
            var rest = Math.Min(Granule - (at % Granule), length - done);
            ref var shadow = ref _shadow[Index(at)];
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
            unset[i] = (_shadow[Index(address + i)] & UnsetBit(address + i)) != 0;
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

    /// <summary>Whether an access goes on after it was judged.</summary>
    private bool CanReach(ulong address, ulong length, bool isWrite, int site)
    {
        if (IsOurs(address, length) && IsOpen(address, length))
            return true;
        return Judge.Touch(address, length, isWrite, site);
    }

    private bool IsOpen(ulong address, ulong length)
    {
        for (var at = address & ~(ulong)(Granule - 1); at < address + length; at += Granule)
        {
            var poison = (byte)_shadow[Index(at)];
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
        var shadow = _shadow[(int)(offset / Granule)];
        unset = (shadow >> (8 + first)) & ((1 << size) - 1);
        return (byte)shadow == 0;
    }

    private ulong LoadJudged(ulong address, int size, int site)
    {
        var value = LoadTrackedJudged(address, size, site, out var unset);
        if (unset != 0)
            Judge.UseUnset(site);
        return value;
    }

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
            if ((_shadow[Index(address + (ulong)i)] & UnsetBit(address + (ulong)i)) != 0)
                unset |= 0xffUL << (i * 8);
        }

        return Read(ref At(address), size);
    }

    private void StoreJudged(ulong address, ulong value, int size, ulong unset, int site)
    {
        if (unset == 0 && IsInOpenGranule(address, size, out var missing))
        {
            Write(ref At(address), value, size);
            _shadow[Index(address)] &= (ushort)~(missing << (8 + (int)(address % Granule)));
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
                _shadow[Index(address + (ulong)i)] |= UnsetBit(address + (ulong)i);
        }
    }

    /// <summary>The bytes after the last of an object, in its last granule: red zone of what follows it.</summary>
    private Poison PoisonAfter(ulong address)
    {
        var next = Index(address) + 1;
        return next < _size / Granule && (byte)_shadow[next] >= (byte)Poison.StackRedZone
            ? (Poison)(byte)_shadow[next]
            : Poison.HeapRedZone;
    }

    private static ushort UnsetBit(ulong address) => (ushort)(1 << (8 + (int)(address % Granule)));

    Action IOwnState.Save()
    {
        var bytes = _bytes.AsSpan(0, _used).ToArray();
        var shadow = _shadow.AsSpan(0, _used / Granule).ToArray();
        return () =>
        {
            bytes.CopyTo(_bytes, 0);
            shadow.CopyTo(_shadow, 0);
            _bytes.AsSpan(bytes.Length, _used - bytes.Length).Clear();
            _shadow.AsSpan(shadow.Length, (_used / Granule) - shadow.Length).Fill((ushort)Poison.Wild);
        };
    }
}
