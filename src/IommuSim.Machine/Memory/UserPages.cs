namespace IommuSim.Machine.Memory;

/// <summary>
/// Consecutive pages of a <see cref="UserMapping"/>. A page is a fill byte until something else is written to it.
/// </summary>
internal sealed class UserPages
{
    private const int PageSize = (int)UserAddressSpace.PageSize;

    private readonly byte[]?[] _pages;
    private readonly byte[] _fill;

    public UserPages(int count, byte fill)
    {
        _pages = new byte[count][];
        _fill = new byte[count];
        _fill.AsSpan().Fill(fill);
    }

    /// <summary>The page that holds this byte, or null while it is nothing but its fill byte.</summary>
    public byte[]? PageAt(int offset) => _pages[offset / PageSize];

    public void Read(int offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (page, start, chunk) = Locate(offset, destination.Length);
            if (_pages[page] is { } bytes)
                bytes.AsSpan(start, chunk).CopyTo(destination);
            else
                destination[..chunk].Fill(_fill[page]);
            destination = destination[chunk..];
            offset += chunk;
        }
    }

    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var (page, start, chunk) = Locate(offset, source.Length);
            source[..chunk].CopyTo(Materialize(page).AsSpan(start));
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
                _pages[page] = null;
                _fill[page] = 0;
            }
            else
            {
                Materialize(page).AsSpan(start, chunk).Clear();
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
            var zero = _pages[page] is { } bytes
                ? !bytes.AsSpan(start, chunk).ContainsAnyExcept((byte)0)
                : _fill[page] == 0;
            if (!zero)
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

    private byte[] Materialize(int page)
    {
        if (_pages[page] is { } bytes)
            return bytes;
        _pages[page] = bytes = new byte[PageSize];
        bytes.AsSpan().Fill(_fill[page]);
        return bytes;
    }
}
