namespace IommuSim.Machine.Memory;

/// <summary>
/// What lies behind mappings of a <see cref="UserAddressSpace"/>, by offset: the pages of one program, or a file that
/// several may map. Like a page table it has two levels, so that a program may own gigabytes: a table's pages are one
/// fill byte until something else is written to one of them.
/// </summary>
internal sealed class UserContent : IUserFile, IUserMemory
{
    private const int PagesPerTable = 512;
    private const ulong PageSize = UserAddressSpace.PageSize;
    private const ulong TableSize = PagesPerTable * PageSize;

    private readonly UserPages?[] _tables;

    /// <summary>What the pages of a table hold while it is absent.</summary>
    private readonly byte[] _fill;

    /// <summary>Bytes of whole pages.</summary>
    private readonly ulong _size;

    /// <summary>Of the program that has it for itself; null for a file.</summary>
    private readonly UserTlb? _tlb;

    /// <param name="length">Bytes.</param>
    /// <param name="fill">What every byte is.</param>
    /// <param name="tlb">Of the program that has it for itself.</param>
    /// <param name="origin">The address that its first byte has as memory.</param>
    public UserContent(ulong length, byte fill, UserTlb? tlb = null, ulong origin = 0)
    {
        _tlb = tlb;
        Origin = origin;
        Length = length;
        var pages = (length + PageSize - 1) / PageSize;
        _size = pages * PageSize;
        _tables = new UserPages[(pages + PagesPerTable - 1) / PagesPerTable];
        _fill = new byte[_tables.Length];
        _fill.AsSpan().Fill(fill);
    }

    private UserContent(UserContent from, UserTlb tlb)
    {
        _tlb = tlb;
        Origin = from.Origin;
        (Length, _size) = (from.Length, from._size);
        _tables = Array.ConvertAll(from._tables, pages => pages?.Copy());
        _fill = [.. from._fill];
    }

    public ulong Length { get; }

    /// <summary>
    /// What is added to an offset where it is memory. Of a program's pages the first address that they had: what is
    /// aligned there to a huge page is so in physical memory.
    /// </summary>
    public ulong Origin { get; }

    IUserMemory IUserFile.Memory => this;

    /// <summary>Other pages with the same bytes, for another program.</summary>
    public UserContent Copy(UserTlb tlb) => new(this, tlb);

    /// <summary>See <see cref="UserPages.HeadAt"/>.</summary>
    public byte[]? HeadAt(ulong at)
    {
        var (table, offset, _) = Locate(at, 1);
        return _tables[table]?.HeadAt(offset);
    }

    public int Read(ulong address, Span<byte> destination) => ReadAt(address - Origin, destination);

    /// <summary>From an offset on. Bytes that could not be read.</summary>
    public int ReadAt(ulong at, Span<byte> destination)
    {
        var there = There(at, destination.Length);
        var missing = destination.Length - there;
        destination = destination[..there];
        while (!destination.IsEmpty)
        {
            var (table, offset, chunk) = Locate(at, (ulong)destination.Length);
            if (_tables[table] is { } pages)
                pages.Read(offset, destination[..chunk]);
            else
                destination[..chunk].Fill(_fill[table]);
            destination = destination[chunk..];
            at += (ulong)chunk;
        }

        return missing;
    }

    /// <summary>A write to pinned pages: the program may have another view of them in its TLB.</summary>
    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        _tlb?.Flush();
        return WriteAt(address - Origin, source);
    }

    /// <summary>A write by the program itself, which has flushed its TLB. Bytes that could not be written.</summary>
    public int WriteAt(ulong at, ReadOnlySpan<byte> source)
    {
        var there = There(at, source.Length);
        var missing = source.Length - there;
        source = source[..there];
        while (!source.IsEmpty)
        {
            var (table, offset, chunk) = Locate(at, (ulong)source.Length);
            Materialize(table).Write(offset, source[..chunk]);
            source = source[chunk..];
            at += (ulong)chunk;
        }

        return missing;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable) => ThereAt(address - Origin, length);

    /// <summary>How many of the bytes from an offset on are in it.</summary>
    public ulong ThereAt(ulong at, ulong length) => at >= _size ? 0 : Math.Min(length, _size - at);

    public void ClearPages(ulong at, ulong length)
    {
        while (length > 0)
        {
            var (table, offset, chunk) = Locate(at, length);
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
            at += (ulong)chunk;
        }
    }

    public bool IsZero(ulong at, ulong length)
    {
        while (length > 0)
        {
            var (table, offset, chunk) = Locate(at, length);
            if (!(_tables[table]?.IsZero(offset, chunk) ?? _fill[table] == 0))
                return false;
            length -= (ulong)chunk;
            at += (ulong)chunk;
        }

        return true;
    }

    private int There(ulong at, int length) => at >= _size ? 0 : (int)Math.Min((ulong)length, _size - at);

    private static (int Table, int Offset, int Chunk) Locate(ulong at, ulong length)
    {
        var offset = at % TableSize;
        return ((int)(at / TableSize), (int)offset, (int)Math.Min(length, TableSize - offset));
    }

    private UserPages Materialize(int table)
    {
        var pages = Math.Min(PagesPerTable, (_size - (TableSize * (ulong)table)) / PageSize);
        return _tables[table] ??= new UserPages((int)pages, _fill[table]);
    }
}
