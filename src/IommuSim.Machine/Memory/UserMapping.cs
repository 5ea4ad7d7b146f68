namespace IommuSim.Machine.Memory;

/// <summary>
/// One mapping of a <see cref="UserAddressSpace"/>. Like a page table it has two levels, so that a program may own
/// gigabytes: a table's pages are one fill byte until something else is written to one of them.
/// </summary>
internal sealed class UserMapping
{
    private const int PagesPerTable = 512;
    private const ulong TableSize = PagesPerTable * UserAddressSpace.PageSize;

    private readonly UserPages?[] _tables;

    /// <summary>What the pages of a table hold while it is absent.</summary>
    private readonly byte[] _fill;

    public UserMapping(ulong start, ulong pages, PageAccess access, byte fill)
    {
        Start = start;
        Length = pages * UserAddressSpace.PageSize;
        Access = access;
        _tables = new UserPages[(pages + PagesPerTable - 1) / PagesPerTable];
        _fill = new byte[_tables.Length];
        _fill.AsSpan().Fill(fill);
    }

    public ulong Start { get; }

    /// <summary>Bytes.</summary>
    public ulong Length { get; }

    /// <summary>The first address past the mapping.</summary>
    public ulong End => Start + Length;

    public PageAccess Access { get; set; }

    /// <summary>See <see cref="UserPages.HeadAt"/>.</summary>
    public byte[]? HeadAt(ulong address)
    {
        var (table, offset, _) = Locate(address, 1);
        return _tables[table]?.HeadAt(offset);
    }

    public void Read(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (table, offset, chunk) = Locate(address, (ulong)destination.Length);
            if (_tables[table] is { } pages)
                pages.Read(offset, destination[..chunk]);
            else
                destination[..chunk].Fill(_fill[table]);
            destination = destination[chunk..];
            address += (ulong)chunk;
        }
    }

    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var (table, offset, chunk) = Locate(address, (ulong)source.Length);
            Materialize(table).Write(offset, source[..chunk]);
            source = source[chunk..];
            address += (ulong)chunk;
        }
    }

    public void Clear(ulong address, ulong length)
    {
        while (length > 0)
        {
            var (table, offset, chunk) = Locate(address, length);
            if (chunk == (int)TableSize)
            {
                _tables[table] = null;
                _fill[table] = 0;
            }
            else
            {
                Materialize(table).Clear(offset, chunk);
            }

            length -= (ulong)chunk;
            address += (ulong)chunk;
        }
    }

    public bool IsZero(ulong address, ulong length)
    {
        while (length > 0)
        {
            var (table, offset, chunk) = Locate(address, length);
            if (!(_tables[table]?.IsZero(offset, chunk) ?? _fill[table] == 0))
                return false;
            length -= (ulong)chunk;
            address += (ulong)chunk;
        }

        return true;
    }

    private (int Table, int Offset, int Chunk) Locate(ulong address, ulong length)
    {
        var relative = address - Start;
        var offset = relative % TableSize;
        return ((int)(relative / TableSize), (int)offset, (int)Math.Min(length, TableSize - offset));
    }

    private UserPages Materialize(int table)
    {
        var pages = Math.Min(PagesPerTable, (Length - (TableSize * (ulong)table)) / UserAddressSpace.PageSize);
        return _tables[table] ??= new UserPages((int)pages, _fill[table]);
    }
}
