using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace IommuSim.Machine;

/// <summary>
/// An xarray as iommufd uses it: hands out the lowest free id from 1, which is reserved first and published
/// later. An id that is reserved and not published resolves to nothing. Finding a free id and looking one
/// up cost the same at any size.
/// </summary>
internal sealed class IdTable<T>
    where T : class
{
    private const int BitsPerWord = 64;

    /// <summary>
    /// Level 0 has a bit per id, set when taken; level n + 1 a bit per word of level n, set when full.
    /// </summary>
    private ulong[][] _taken =
    [
        [1],
    ];
    private Entry[] _published = new Entry[BitsPerWord];
    private bool _startsAtZero;

    /// <summary>Ids taken, published or not.</summary>
    public int Count { get; private set; }

    /// <summary>Ids taken for good, which resolve to nothing.</summary>
    public int Tombstones { get; private set; }

    /// <summary>The highest id that the table has room for; every id taken is at most this.</summary>
    public uint MaxId => (uint)_published.Length - 1;

    /// <summary>The highest id that was ever taken; 0 when none was.</summary>
    public uint LastUsed { get; private set; }

    /// <summary>Takes the lowest free id.</summary>
    public uint Reserve()
    {
        var word = 0;
        var taken = _taken;
        for (var level = taken.Length - 1; level >= 0; level--)
        {
            var bits = word < taken[level].Length ? taken[level][word] : ulong.MaxValue;
            if (bits == ulong.MaxValue)
            {
                Grow();
                return Reserve();
            }

            word = (word * BitsPerWord) + BitOperations.TrailingZeroCount(~bits);
        }

        Mark(word);
        Count++;
        LastUsed = Math.Max(LastUsed, (uint)word);
        return (uint)word;
    }

    /// <summary>Whether the id is taken, published or not.</summary>
    public bool IsTaken(uint id) =>
        id <= MaxId && (_taken[0][id / BitsPerWord] & (1UL << (int)(id % BitsPerWord))) != 0;

    /// <summary>Sets what a reserved id resolves to; returns what it resolved to before.</summary>
    public T? Publish(uint id, T entry)
    {
        ref var slot = ref _published[id].Object;
        var old = slot;
        slot = entry;
        return old;
    }

    /// <summary>A published id resolves to nothing from now on, and stays taken.</summary>
    public void Entomb(uint id)
    {
        _published[id].Object = null;
        Tombstones++;
    }

    /// <summary>What the id resolves to, or null.</summary>
    public T? Find(uint id)
    {
        var table = _published;
        return id < (uint)table.Length ? table[(int)id].Object : null;
    }

    public bool TryFind(uint id, [NotNullWhen(true)] out T? entry)
    {
        entry = Find(id);
        return entry is not null;
    }

    /// <summary>
    /// 0 can be handed out from now on. An xarray keeps 0 taken by an entry of its own, which an erase of 0 removes
    /// while there are others: lib/xarray.c:xas_store() marks the index free.
    /// </summary>
    public void FreeZero()
    {
        if (_startsAtZero)
            return;
        _startsAtZero = true;
        Unmark(0);
    }

    /// <summary>Frees the id; returns what it resolved to.</summary>
    public T? Erase(uint id)
    {
        if (!IsTaken(id) || (id == 0 && !_startsAtZero))
            return null;
        ref var slot = ref _published[id].Object;
        var old = slot;
        slot = null;
        Count--;
        Unmark(id);
        return old;
    }

    private void Unmark(uint id)
    {
        foreach (var level in _taken)
        {
            level[id / BitsPerWord] &= ~(1UL << (int)(id % BitsPerWord));
            id /= BitsPerWord;
        }
    }

    private void Mark(int id)
    {
        var at = (uint)id;
        foreach (var level in _taken)
        {
            ref var word = ref level[at / BitsPerWord];
            word |= 1UL << (int)(at % BitsPerWord);
            if (word != ulong.MaxValue)
                return;
            at /= BitsPerWord;
        }
    }

    /// <summary>Doubles the ids, and adds a level when one word no longer covers the level below.</summary>
    private void Grow()
    {
        Array.Resize(ref _published, _published.Length * 2);
        var words = _published.Length / BitsPerWord;
        for (var level = 0; ; level++)
        {
            if (level == _taken.Length)
                _taken = [.. _taken, [FullWords(_taken[level - 1])]];
            var bits = _taken[level];
            Array.Resize(ref bits, words);
            _taken[level] = bits;
            if (words == 1)
                return;
            words = (words + BitsPerWord - 1) / BitsPerWord;
        }
    }

    private static ulong FullWords(ulong[] level)
    {
        var full = 0UL;
        for (var i = 0; i < Math.Min(level.Length, BitsPerWord); i++)
            full |= level[i] == ulong.MaxValue ? 1UL << i : 0;
        return full;
    }

    /// <summary>To set an element of an array of classes checks its type; to set one of structs does not.</summary>
    private struct Entry
    {
        public T? Object;
    }
}
