using System.Numerics;
using System.Runtime.InteropServices;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;

namespace IommuSim.Iommu.Dirty;

/// <summary>
/// A program's bitmap of a range of I/O virtual addresses, a bit for each page of a size that it chose. Its memory is
/// pinned a window at a time, where a bit is to be set. What cannot be pinned is lost without a word. Models
/// drivers/iommu/iommufd/iova_bitmap.c, v6.12 and v7.3, with its arithmetic. The default value is no bitmap: nothing is
/// recorded.
/// </summary>
internal ref struct IovaBitmap
{
    /// <summary>Words of a page: the room that the caller lends, all 0.</summary>
    public const int PageWords = (int)PageSize / sizeof(ulong);

    private const ulong PageSize = UserAddressSpace.PageSize;
    private const ulong BitsPerPage = PageSize * 8;

    /// <summary>As many as a page holds pointers to them.</summary>
    private const ulong MaxPages = PageSize / sizeof(ulong);

    private readonly KernelMachine? _machine;
    private readonly ulong _data;
    private readonly ulong _iova;
    private readonly ulong _length;
    private readonly int _pageShift;

    /// <summary>Bytes of the bitmap.</summary>
    private readonly ulong _total;

    /// <summary>What is to be set in the page of the bitmap at <see cref="_pageAddress"/>, between two words.</summary>
    private readonly Span<ulong> _page;
    private ulong _pageAddress;
    private int _firstWord = PageWords;
    private int _lastWord = -1;

    /// <summary>The byte that the window begins with.</summary>
    private ulong _base;
    private ulong _pinned;
    private ulong _windowIova;
    private ulong _windowLength;

    public IovaBitmap(KernelMachine machine, ulong iova, ulong length, ulong pageSize, ulong data, Span<ulong> page)
    {
        _machine = machine;
        _page = page;
        _data = data;
        _iova = iova;
        _length = length;
        _pageShift = BitOperations.TrailingZeroCount(pageSize);
        _total = ByteOf(length - 1) + 1;
    }

    public readonly bool IsNone => _machine is null;

    /// <summary>The last address whose bit is in the window.</summary>
    public readonly ulong WindowLast => _windowIova + (_windowLength - 1);

    private readonly ulong PinnedAddress => (_data + _base) & ~(PageSize - 1);

    private readonly ulong PageOffset => (_data + _base) % PageSize;

    /// <summary>Whether all bits of the range are in the window.</summary>
    // Models iova_bitmap_mapped_range().
    public readonly bool Holds(ulong iova, ulong last) => _pinned != 0 && iova >= _windowIova && last <= WindowLast;

    /// <summary>Sets the bits of all pages that the range touches, as far as there is memory for them.</summary>
    // Models iova_bitmap_set(): a bit behind the last of the range is set where its page is pinned.
    public void Set(ulong iova, ulong length)
    {
        if (_machine is not { } machine)
            return;
        if (!machine.Has(Bug.N17) && !machine.Has(Bug.M40a))
            Clip(ref iova, ref length);
        while (Holds(iova, iova + (length - 1)) || AdvanceTo(iova))
        {
            var bit = BitOf(iova);
            var last = BitOf(iova + (length - 1));
            do
            {
                var index = bit / BitsPerPage;
                if (index >= _pinned)
                {
                    if (machine.Has(Bug.M40a))
                        machine.Report(ReportKind.SlabOutOfBounds, "iova_bitmap_set", "a page behind those pinned");
                    break;
                }

                var count = Math.Min(BitsPerPage - (bit % BitsPerPage), last - bit + 1);
                SetInPage(index, (int)(bit % BitsPerPage), (int)count);
                bit += count;
            } while (bit <= last);

            if (bit > last || machine.Has(Bug.M40b))
                return;
            var left = (last - bit + 1) << _pageShift;
            iova += length - left;
            length = left;
        }
    }

    /// <summary>Leaves out what lies outside of the bitmap's own range.</summary>
    private readonly void Clip(ref ulong iova, ref ulong length)
    {
        var last = Math.Min(iova + (length - 1), _iova + (_length - 1));
        iova = Math.Max(iova, _iova);
        length = last - iova + 1;
    }

    /// <summary>Writes what is left to be written, and unpins.</summary>
    public void Release()
    {
        if (!IsNone && _lastWord >= _firstWord)
            WritePage();
        _pinned = 0;
    }

    // Models iova_bitmap_advance_to() and iova_bitmap_get().
    private bool AdvanceTo(ulong iova)
    {
        var index = ByteOf(iova - _iova);
        if (index >= _total)
            return false;
        Release();
        _base = index;
        var bytes = _total - _base;
        var isWhole = PageOffset == 0 || _machine!.Has(Bug.M40b);
        var pages = (bytes / PageSize) + (bytes % PageSize == 0 ? 0u : 1) + (isWhole ? 0u : 1);
        _pinned = Pin(PinnedAddress, Math.Min(pages, MaxPages));
        if (_pinned == 0)
            return false;
        _windowIova = _iova + OffsetOf(_base);
        _windowLength = OffsetOf(Math.Min(bytes, (_pinned * PageSize) - PageOffset));
        var end = _windowIova + (_windowLength - 1);
        var most = _iova + (_length - 1);
        if (end > most)
            _windowLength -= end - most;
        return true;
    }

    /// <summary>How many pages are pinned, 0 where the first cannot be.</summary>
    // Models mm/gup.c:gup_fast_fallback(), v6.12 and v7.3.
    private readonly ulong Pin(ulong address, ulong pages)
    {
        var length = pages * PageSize;
        if (!UserCopy.AccessOk(address, length))
            return 0;
        if (_machine!.Decisions.Fails(DecisionKind.Copy, "iova_bitmap_get"))
            return 0;
        return _machine.Current.Memory.Pinnable(address, length, writable: true) / PageSize;
    }

    private void SetInPage(ulong index, int bit, int count)
    {
        var address = PinnedAddress + (index * PageSize);
        if (address != _pageAddress && _lastWord >= _firstWord)
            WritePage();
        _pageAddress = address;
        var (first, last) = (bit / 64, (bit + count - 1) / 64);
        _firstWord = Math.Min(_firstWord, first);
        _lastWord = Math.Max(_lastWord, last);
        var low = ulong.MaxValue << (bit % 64);
        var high = ulong.MaxValue >> (63 - ((bit + count - 1) % 64));
        if (first == last)
        {
            _page[first] |= low & high;
            return;
        }

        _page[first] |= low;
        _page[(first + 1)..last].Fill(ulong.MaxValue);
        _page[last] |= high;
    }

    private void WritePage()
    {
        var memory = _machine!.Current.Memory;
        var address = _pageAddress + ((ulong)_firstWord * sizeof(ulong));
        var set = _page[_firstWord..(_lastWord + 1)];
        Span<ulong> words = stackalloc ulong[PageWords];
        words = words[..set.Length];
        var missing = memory.ReadPinned(address, MemoryMarshal.AsBytes(words));
        for (var i = 0; i < words.Length; i++)
            words[i] |= set[i];
        _ = memory.WritePinned(address, MemoryMarshal.AsBytes(words)[..^missing]);
        set.Clear();
        (_firstWord, _lastWord) = (PageWords, -1);
    }

    private readonly ulong BitOf(ulong iova) => ((iova - _windowIova) >> _pageShift) + (PageOffset * 8);

    // Models iova_bitmap_offset_to_index(); before 6.18, and before 6.14, it divided by the size of the pages.
    private readonly ulong ByteOf(ulong offset)
    {
        const string Site = "iova_bitmap_offset_to_index";
        if (_machine!.Has(Bug.M39a))
            return offset / (8 * CShift.OneAsInt(_machine!, (uint)_pageShift, Site));
        if (!_machine!.Has(Bug.M39b))
            return (offset >> _pageShift) / 8;
        var bytes = 8UL << _pageShift;
        return bytes != 0
            ? offset / bytes
            : throw _machine!.Oops(ReportKind.DivideError, Site, "a byte of the bitmap is for 2^64 bytes");
    }

    // Models iova_bitmap_index_to_offset().
    private readonly ulong OffsetOf(ulong index) => (index * 8) << _pageShift;
}
