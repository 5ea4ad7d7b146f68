using System.Runtime.InteropServices;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Bridge;

/// <summary>
/// Pages that were the first behind their addresses, or took the place of others there at once. A page is known by the
/// address at which it appeared, its offset, wherever it moves. Of one that is pinned when no address shows it any more
/// the content is kept.
/// </summary>
internal sealed class PageLayer(IUserMemory memory) : IUserMemory
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>What all pages have that hold nothing; most of a large memory. It is never written to.</summary>
    private static readonly byte[] s_nothing = new byte[PageSize];

    /// <summary>An interval for each time that a run of pages is pinned.</summary>
    private readonly IntervalTree<object?> _pins = new();

    /// <summary>The last move of a page counts.</summary>
    private readonly List<(ulong Start, ulong End, ulong Address)> _moves = [];

    /// <summary>By offset: what no address shows any more.</summary>
    private readonly Dictionary<ulong, byte[]> _kept = [];

    /// <summary>By offset: what there was when the program was about to end.</summary>
    private readonly Dictionary<ulong, byte[]> _last = [];

    public bool HasPins => !_pins.IsEmpty;

    public void Pinned(ulong offset, ulong length) =>
        _pins.Insert(new Interval<object?>(offset, offset + length - 1, null));

    public void Unpinned(ulong offset, ulong length)
    {
        var end = offset + length;
        for (var at = offset; at < end; )
        {
            var pin = _pins.First(at, at) ?? throw new InvalidOperationException("the page is not pinned");
            _pins.Remove(pin);
            if (pin.Start < at)
                Pinned(pin.Start, at - pin.Start);
            if (pin.Last >= end)
                Pinned(end, pin.Last - end + 1);
            at = Math.Min(end, pin.Last + 1);
        }

        if (_kept.Count > 0 || _last.Count > 0)
            Forget(offset, end);
    }

    /// <summary>Whether any page from the one offset up to the other is pinned.</summary>
    public bool IsPinned(ulong start, ulong end) => _pins.First(start, end - 1) is not null;

    /// <summary>What is in the pinned pages up to an offset.</summary>
    public IEnumerable<(ulong Offset, byte[] Content)> Save(ulong start, ulong end)
    {
        for (var at = start; at < end && _pins.First(at, end - 1) is { } pin; at = pin.Last + 1)
        {
            for (at = Math.Max(at, pin.Start); at <= Math.Min(end - 1, pin.Last); at += PageSize)
            {
                if (ContentOf(at) is { } content)
                    yield return (at, content);
            }
        }
    }

    public void Keep(ulong offset, byte[] content) => _kept[offset] = content;

    public void KeepForEnd()
    {
        foreach (var (offset, content) in Save(0, ulong.MaxValue))
            _last[offset] = content;
    }

    /// <summary>Another address shows the pages from now on.</summary>
    public void MoveTo(ulong start, ulong end, ulong address) => _moves.Add((start, end, address));

    public int Read(ulong offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var part = destination[..InPage(offset, destination.Length)];
            if (
                !TryRead(_kept, offset, part)
                && memory.ReadPinned(AddressOf(offset), part) != 0
                && !TryRead(_last, offset, part)
            )
                return destination.Length;
            destination = destination[part.Length..];
            offset += (ulong)part.Length;
        }

        return 0;
    }

    public int Write(ulong offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var part = source[..InPage(offset, source.Length)];
            if (
                !TryWrite(_kept, offset, part)
                && memory.WritePinned(AddressOf(offset), part) != 0
                && !TryWrite(_last, offset, part)
            )
                return source.Length;
            source = source[part.Length..];
            offset += (ulong)part.Length;
        }

        return 0;
    }

    /// <summary>Pages are pinned by address, not here.</summary>
    public ulong Pinnable(ulong address, ulong length, bool writable) => 0;

    private static bool TryRead(Dictionary<ulong, byte[]> pages, ulong offset, Span<byte> destination)
    {
        if (!pages.TryGetValue(PageOf(offset), out var content))
            return false;
        content.AsSpan((int)(offset % PageSize), destination.Length).CopyTo(destination);
        return true;
    }

    private static bool TryWrite(Dictionary<ulong, byte[]> pages, ulong offset, ReadOnlySpan<byte> source)
    {
        if (!pages.TryGetValue(PageOf(offset), out var content))
            return false;
        if (ReferenceEquals(content, s_nothing))
            pages[PageOf(offset)] = content = new byte[PageSize];
        source.CopyTo(content.AsSpan((int)(offset % PageSize)));
        return true;
    }

    /// <summary>null for a page that cannot be read.</summary>
    private byte[]? ContentOf(ulong offset)
    {
        Span<byte> bytes = stackalloc byte[(int)PageSize];
        if (Read(offset, bytes) != 0)
            return null;
        return bytes.ContainsAnyExcept((byte)0) ? bytes.ToArray() : s_nothing;
    }

    private ulong AddressOf(ulong offset)
    {
        var moves = CollectionsMarshal.AsSpan(_moves);
        for (var i = moves.Length - 1; i >= 0; i--)
        {
            if (offset >= moves[i].Start && offset < moves[i].End)
                return moves[i].Address + (offset - moves[i].Start);
        }

        return offset;
    }

    /// <summary>Drops the content of pages that nothing holds any more.</summary>
    private void Forget(ulong start, ulong end)
    {
        for (var at = start; at < end; at += PageSize)
        {
            if (IsPinned(at, at + PageSize))
                continue;
            _kept.Remove(at);
            _last.Remove(at);
        }
    }

    private static ulong PageOf(ulong offset) => offset - (offset % PageSize);

    private static int InPage(ulong offset, int length) => (int)Math.Min((ulong)length, PageSize - (offset % PageSize));
}
