using System.Numerics;

namespace IommuSim.Machine.Memory;

/// <summary>
/// Consecutive pages of a <see cref="UserMapping"/>. A page is a fill byte until something else is written to it. Then
/// it has a head that reaches behind all that was written, and the rest is the fill byte: most programs write one
/// struct to a page.
/// </summary>
internal sealed class UserPages
{
    private const int PageSize = (int)UserAddressSpace.PageSize;

    /// <summary>Bytes; a power of two.</summary>
    private const int SmallestHead = 128;

    private readonly byte[]?[] _heads;
    private readonly byte[] _fill;

    public UserPages(int count, byte fill)
    {
        _heads = new byte[count][];
        _fill = new byte[count];
        _fill.AsSpan().Fill(fill);
    }

    private UserPages(UserPages from)
    {
        _heads = Array.ConvertAll(from._heads, head => head is null ? null : (byte[])head.Clone());
        _fill = [.. from._fill];
    }

    /// <summary>Other pages with the same bytes.</summary>
    public UserPages Copy() => new(this);

    /// <summary>
    /// The head of the page that holds this byte, or null while it is nothing but its fill byte. A write may replace
    /// it by a longer one.
    /// </summary>
    public byte[]? HeadAt(int offset) => _heads[offset / PageSize];

    public void Read(int offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (page, start, chunk) = Locate(offset, destination.Length);
            var kept = Kept(page, start, chunk);
            kept.CopyTo(destination);
            destination[kept.Length..chunk].Fill(_fill[page]);
            destination = destination[chunk..];
            offset += chunk;
        }
    }

    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var (page, start, chunk) = Locate(offset, source.Length);
            source[..chunk].CopyTo(HeadUpTo(page, start + chunk).AsSpan(start));
            source = source[chunk..];
            offset += chunk;
        }
    }

    public void Clear(int offset, int length)
    {
        while (length > 0)
        {
            var (page, start, chunk) = Locate(offset, length);
            if (chunk == PageSize)
            {
                _heads[page] = null;
                _fill[page] = 0;
            }
            else
            {
                HeadUpTo(page, start + chunk).AsSpan(start, chunk).Clear();
            }

            length -= chunk;
            offset += chunk;
        }
    }

    public bool IsZero(int offset, int length)
    {
        while (length > 0)
        {
            var (page, start, chunk) = Locate(offset, length);
            var kept = Kept(page, start, chunk);
            if (kept.ContainsAnyExcept((byte)0) || (kept.Length < chunk && _fill[page] != 0))
                return false;
            length -= chunk;
            offset += chunk;
        }

        return true;
    }

    private static (int Page, int Start, int Chunk) Locate(int offset, int length)
    {
        var start = offset % PageSize;
        return (offset / PageSize, start, Math.Min(length, PageSize - start));
    }

    /// <summary>What the head has of these bytes of the page.</summary>
    private ReadOnlySpan<byte> Kept(int page, int start, int length) =>
        _heads[page] is { } head && start < head.Length
            ? head.AsSpan(start, Math.Min(length, head.Length - start))
            : [];

    private byte[] HeadUpTo(int page, int end)
    {
        var head = _heads[page] ?? [];
        if (head.Length >= end)
            return head;
        var longer = new byte[BitOperations.RoundUpToPowerOf2((uint)Math.Max(end, SmallestHead))];
        head.CopyTo(longer, 0);
        longer.AsSpan(head.Length).Fill(_fill[page]);
        return _heads[page] = longer;
    }
}
