namespace IommuSim.Machine.Memory;

/// <summary>
/// One mapping of a <see cref="UserAddressSpace"/>. A page is a fill byte until something else is written
/// to it, so that a program may own gigabytes.
/// </summary>
internal sealed class UserMapping(ulong start, ulong pages, PageAccess access, byte fill)
{
    private const int PageSize = (int)UserAddressSpace.PageSize;

    private readonly byte[]?[] _pages = new byte[pages][];
    private readonly byte[] _fill = Filled(pages, fill);

    public ulong Start { get; } = start;

    /// <summary>Bytes.</summary>
    public ulong Length { get; } = pages * PageSize;

    /// <summary>The first address past the mapping.</summary>
    public ulong End => Start + Length;

    public PageAccess Access { get; set; } = access;

    /// <summary>The page that holds this address, or null while it is nothing but its fill byte.</summary>
    public byte[]? PageAt(ulong address) => _pages[(address - Start) / PageSize];

    public void Read(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (page, offset, chunk) = Locate(address, (ulong)destination.Length);
            if (_pages[page] is { } bytes)
                bytes.AsSpan(offset, chunk).CopyTo(destination);
            else
                destination[..chunk].Fill(_fill[page]);
            destination = destination[chunk..];
            address += (ulong)chunk;
        }
    }

    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var (page, offset, chunk) = Locate(address, (ulong)source.Length);
            source[..chunk].CopyTo(Materialize(page).AsSpan(offset));
            source = source[chunk..];
            address += (ulong)chunk;
        }
    }

    public void Clear(ulong address, ulong length)
    {
        while (length > 0)
        {
            var (page, offset, chunk) = Locate(address, length);
            if (chunk == PageSize)
            {
                _pages[page] = null;
                _fill[page] = 0;
            }
            else
            {
                Materialize(page).AsSpan(offset, chunk).Clear();
            }

            length -= (ulong)chunk;
            address += (ulong)chunk;
        }
    }

    public bool IsZero(ulong address, ulong length)
    {
        while (length > 0)
        {
            var (page, offset, chunk) = Locate(address, length);
            var zero = _pages[page] is { } bytes
                ? !bytes.AsSpan(offset, chunk).ContainsAnyExcept((byte)0)
                : _fill[page] == 0;
            if (!zero)
                return false;
            length -= (ulong)chunk;
            address += (ulong)chunk;
        }

        return true;
    }

    private (int Page, int Offset, int Chunk) Locate(ulong address, ulong length)
    {
        var relative = address - Start;
        var offset = (int)(relative % PageSize);
        return ((int)(relative / PageSize), offset, (int)Math.Min(length, (ulong)(PageSize - offset)));
    }

    private byte[] Materialize(int page)
    {
        if (_pages[page] is { } bytes)
            return bytes;
        _pages[page] = bytes = new byte[PageSize];
        bytes.AsSpan().Fill(_fill[page]);
        return bytes;
    }

    private static byte[] Filled(ulong pages, byte fill)
    {
        var bytes = new byte[pages];
        bytes.AsSpan().Fill(fill);
        return bytes;
    }
}
