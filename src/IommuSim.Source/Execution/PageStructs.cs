using System.Buffers.Binary;
using IommuSim.Machine.Memory;

namespace IommuSim.Source.Execution;

/// <summary>
/// The contents of struct page, for which the kernel has addresses and no memory: those of user pages are what an
/// ordinary page of one program has, those of the kernel's own what a page of the allocator has.
/// </summary>
/// <remarks>
/// Only what differs from that is kept: counts of references, and words that the C wrote, such as the lists of pages
/// that wait to be freed.
/// </remarks>
internal sealed class PageStructs
{
    /// <summary>C's GUP_PIN_COUNTING_BIAS: what a pin adds to the count of references.</summary>
    public const int PinBias = 1024;

    /// <summary>Nothing maps the page, and it has no type.</summary>
    private const int NoType = -1;

    /// <summary>One program maps the page.</summary>
    private const int MappedOnce = 0;

    private readonly ulong _size;
    private readonly ulong _countOffset;
    private readonly ulong _typeOffset;

    /// <summary>References of pages that have others than the one of their owner.</summary>
    private readonly Dictionary<ulong, int> _counts;

    /// <summary>Aligned words that the C wrote, by address.</summary>
    private readonly Dictionary<ulong, ulong> _words;

    internal PageStructs(KernelImage image)
    {
        var isKnown = image.HasMember("page", "_refcount");
        _size = isKnown ? image.SizeOf("page") : MemoryMap.PageStructSize;
        _countOffset = isKnown ? image.OffsetOf("page", "_refcount") : 52;
        _typeOffset = isKnown ? image.OffsetOf("page", "_mapcount") : 48;
        _counts = [];
        _words = [];
    }

    private PageStructs(PageStructs from)
    {
        _size = from._size;
        _countOffset = from._countOffset;
        _typeOffset = from._typeOffset;
        _counts = new Dictionary<ulong, int>(from._counts);
        _words = new Dictionary<ulong, ulong>(from._words);
    }

    internal PageStructs Copy() => new(this);

    /// <summary>Whether this is the address of a byte of a struct page.</summary>
    internal static bool IsIn(ulong address) => address is >= MemoryMap.Pages and < MemoryMap.PagesEnd;

    /// <summary>C's pfn_to_page().</summary>
    public ulong AddressOf(ulong frame) => MemoryMap.Pages + (frame * _size);

    /// <summary>The struct page of the page that the kernel sees at this address.</summary>
    public ulong OfAddress(ulong address) => AddressOf((address - MemoryMap.Physical) / MemoryMap.PageSize);

    /// <summary>The inverse: where the kernel sees the page.</summary>
    public ulong PageAt(ulong page) => MemoryMap.Physical + (FrameOf(page) * MemoryMap.PageSize);

    /// <summary>C's page_to_pfn().</summary>
    public ulong FrameOf(ulong page) => (page - MemoryMap.Pages) / _size;

    /// <summary>Adds to the count of references, or takes from it; the new count.</summary>
    public int AddReferences(ulong page, int change)
    {
        var frame = FrameOf(page);
        var count = _counts.GetValueOrDefault(frame, 1) + change;
        SetCount(frame, count);
        return count;
    }

    /// <summary>The page begins a new life: nothing is known of it.</summary>
    internal void Forget(ulong page)
    {
        _counts.Remove(FrameOf(page));
        if (_words.Count == 0)
            return;
        for (ulong offset = 0; offset < _size; offset += sizeof(ulong))
            _words.Remove(page + offset);
    }

    internal ulong Load(ulong address, int size)
    {
        var frame = FrameOf(address);
        var offset = address - AddressOf(frame);
        Span<byte> bytes = stackalloc byte[16];
        var start = offset & ~7UL;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Word(frame, start));
        if (offset % 8 + (ulong)size > 8)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Word(frame, start + 8));
        var value = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)(offset % 8)..]);
        return size == 8 ? value : value & ((1UL << (size * 8)) - 1);
    }

    internal void Store(ulong address, ulong value, int size)
    {
        var frame = FrameOf(address);
        var offset = address - AddressOf(frame);
        if (offset == _countOffset && size == sizeof(int))
        {
            SetCount(frame, (int)value);
            return;
        }

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        for (var i = 0; i < size; i++)
            StoreByte(frame, offset + (ulong)i, bytes[i]);
    }

    private void StoreByte(ulong frame, ulong offset, byte value)
    {
        var start = offset & ~7UL;
        var shift = (int)(offset % 8) * 8;
        var word = (Word(frame, start) & ~(0xffUL << shift)) | ((ulong)value << shift);
        _words[AddressOf(frame) + start] = word;
        if (start == (_countOffset & ~7UL))
            SetCount(frame, (int)(word >> ((int)(_countOffset % 8) * 8)));
    }

    private ulong Word(ulong frame, ulong start)
    {
        if (!_words.TryGetValue(AddressOf(frame) + start, out var word))
            word = Insert(0, start, _typeOffset, frame >= PhysicalMemory.FirstFrame ? MappedOnce : NoType);
        return Insert(word, start, _countOffset, _counts.GetValueOrDefault(frame, 1));
    }

    /// <summary>Puts four bytes into the word that has this offset; another word stays as it is.</summary>
    private static ulong Insert(ulong word, ulong start, ulong offset, int value)
    {
        if ((offset & ~7UL) != start)
            return word;
        var shift = (int)(offset % 8) * 8;
        return (word & ~(0xffff_ffffUL << shift)) | ((ulong)(uint)value << shift);
    }

    private void SetCount(ulong frame, int count)
    {
        if (count == 1)
            _counts.Remove(frame);
        else
            _counts[frame] = count;
    }
}
