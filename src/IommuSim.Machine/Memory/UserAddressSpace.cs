using System.Runtime.InteropServices;

namespace IommuSim.Machine.Memory;

/// <summary>
/// A simulated user address space: mappings at increasing addresses with an absent page between them, and files that
/// are memory. A large mapping costs memory only where it was written. Addresses are the same in every run.
/// </summary>
/// <remarks>
/// What lies behind an address is a page. It stays what it was for whoever pinned it when other memory is mapped over
/// its address, when it moves, and in a child, which has copies.
/// </remarks>
public sealed class UserAddressSpace : IUserMemory
{
    /// <summary>Bytes of a page.</summary>
    public const ulong PageSize = 4096;

    /// <summary>First address past user space on x86-64 with four-level paging.</summary>
    public const ulong TaskSize = 0x7ffffffff000;

    private const ulong FirstAddress = 0x10000;

    /// <summary>Numbers of files that no kernel of ours gives.</summary>
    private const int FirstFile = 1 << 16;

    private readonly List<UserMapping> _mappings = [];
    private readonly List<UserContent> _files = [];
    private ulong _next = FirstAddress;

    /// <summary>A program with no memory at all: every access faults.</summary>
    public static UserAddressSpace Empty { get; } = new();

    /// <inheritdoc />
    public UserTlb Tlb { get; } = new();

    /// <summary>Maps at least <paramref name="length"/> zero bytes; returns the address of the first page.</summary>
    public ulong Map(ulong length, PageAccess access = PageAccess.ReadWrite, byte fill = 0)
    {
        length = WholePages(Math.Max(1, length));
        return Add(
            length,
            start => new UserMapping(start, length, new UserContent(length, fill, Tlb, start), 0) { Access = access }
        );
    }

    /// <summary>As memfd_create(2): a file that is memory, of this many bytes; returns its descriptor.</summary>
    public int CreateFile(ulong length, byte fill = 0)
    {
        _files.Add(new UserContent(length, fill));
        return FirstFile + _files.Count - 1;
    }

    /// <inheritdoc />
    public IUserFile? FindFile(int descriptor) =>
        descriptor >= FirstFile && descriptor - FirstFile < _files.Count ? _files[descriptor - FirstFile] : null;

    /// <summary>
    /// As mmap(2) with MAP_SHARED: maps at least <paramref name="length"/> bytes of a file of
    /// <see cref="CreateFile"/> from an offset on, which is a multiple of a page; returns the address.
    /// </summary>
    public ulong MapFile(int descriptor, ulong offset, ulong length, PageAccess access = PageAccess.ReadWrite)
    {
        var file = FileOf(descriptor);
        length = WholePages(Math.Max(1, length));
        return Add(length, start => new UserMapping(start, length, file, offset) { Access = access, IsShared = true });
    }

    /// <summary>
    /// Other pages of this byte from now on lie behind the addresses, as after mmap(2) with MAP_FIXED. Whole pages.
    /// </summary>
    public void Replace(ulong address, ulong length, byte fill = 0)
    {
        length = WholePages(length);
        var access = Find(address)?.Access ?? PageAccess.ReadWrite;
        Unmap(address, length);
        _mappings.Add(
            new UserMapping(address, length, new UserContent(length, fill, Tlb, address), 0) { Access = access }
        );
    }

    /// <summary>As <see cref="MapFile"/> with MAP_FIXED: the file lies from now on behind the addresses.</summary>
    internal void ReplaceByFile(ulong address, int descriptor, ulong offset, ulong length)
    {
        var file = FileOf(descriptor);
        length = WholePages(length);
        Unmap(address, length);
        _mappings.Add(
            new UserMapping(address, length, file, offset) { Access = PageAccess.ReadWrite, IsShared = true }
        );
    }

    /// <summary>Whether one mapping has all these addresses, as mremap(2) wants it.</summary>
    internal bool IsOneMapping(ulong address, ulong length) =>
        Find(address) is { } mapping && mapping.End - address >= WholePages(length);

    /// <summary>
    /// As mremap(2) with MREMAP_MAYMOVE: the pages of one mapping get other addresses; returns the first.
    /// </summary>
    public ulong Move(ulong address, ulong length)
    {
        length = WholePages(length);
        var mapping = Find(address) ?? throw new ArgumentException("no mapping there", nameof(address));
        Unmap(address, length);
        return Add(length, start => mapping.MovedTo(start, address, length));
    }

    /// <summary>As munmap(2): nothing lies behind the addresses any more. Whole pages.</summary>
    public void Unmap(ulong address, ulong length)
    {
        Tlb.Flush();
        var end = address + WholePages(length);
        for (var i = _mappings.Count - 1; i >= 0; i--)
        {
            var mapping = _mappings[i];
            if (mapping.End <= address || mapping.Start >= end)
                continue;
            _mappings.RemoveAt(i);
            if (mapping.Start < address)
                _mappings.Add(mapping.Part(mapping.Start, address - mapping.Start));
            if (mapping.End > end)
                _mappings.Add(mapping.Part(end, mapping.End - end));
        }
    }

    /// <summary>As fork(2): the memory of a child, which shares files and has copies of all else.</summary>
    public UserAddressSpace Fork()
    {
        var child = new UserAddressSpace { _next = _next };
        foreach (var mapping in _mappings)
            child._mappings.Add(mapping.InheritedBy(child.Tlb));
        child._files.AddRange(_files);
        return child;
    }

    /// <summary>Changes the access of the whole mapping that holds this address.</summary>
    public void Protect(ulong address, PageAccess access)
    {
        Tlb.Flush();
        (Find(address) ?? throw new ArgumentException("no mapping there", nameof(address))).Access = access;
    }

    /// <inheritdoc />
    public int Read(ulong address, Span<byte> destination)
    {
        if (Tlb.TryTranslate(address, (uint)destination.Length, out var bytes))
        {
            bytes.CopyTo(destination);
            return 0;
        }

        return ReadMappings(address, destination);
    }

    /// <inheritdoc />
    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (Tlb.TryTranslate(address, (uint)source.Length, out var bytes))
        {
            source.CopyTo(bytes);
            return 0;
        }

        return WriteMappings(address, source);
    }

    /// <inheritdoc />
    public ulong Clear(ulong address, ulong length)
    {
        if (Tlb.TryTranslate(address, length, out var bytes))
        {
            bytes.Clear();
            return 0;
        }

        Tlb.Flush();
        while (length > 0)
        {
            if (Find(address) is not { Access: PageAccess.ReadWrite } mapping)
                return length;
            var chunk = Math.Min(length, mapping.End - address);
            mapping.Content.ClearPages(mapping.OffsetOf(address), chunk);
            Remember(address, mapping);
            length -= chunk;
            address += chunk;
        }

        return 0;
    }

    /// <inheritdoc />
    public ZeroScan ScanForNonZero(ulong address, ulong length)
    {
        while (length > 0)
        {
            if (Find(address) is not { Access: not PageAccess.Absent } mapping)
                return ZeroScan.Fault;
            var chunk = Math.Min(length, mapping.End - address);
            if (!mapping.Content.IsZero(mapping.OffsetOf(address), chunk))
                return ZeroScan.NonZero;
            length -= chunk;
            address += chunk;
        }

        return ZeroScan.AllZero;
    }

    /// <inheritdoc />
    public ulong Pinnable(ulong address, ulong length, bool writable)
    {
        ulong done = 0;
        while (done < length)
        {
            if (Find(address + done) is not { Access: not PageAccess.Absent } mapping)
                break;
            if (writable && mapping.Access != PageAccess.ReadWrite)
                break;
            var chunk = Math.Min(length - done, mapping.End - (address + done));
            var there = mapping.Content.ThereAt(mapping.OffsetOf(address + done), chunk);
            done += there;
            if (there < chunk)
                break;
        }

        return done;
    }

    /// <inheritdoc />
    public PageSource SourceOf(ulong address) =>
        Find(address) is { } mapping
            ? new PageSource(mapping.Content, mapping.Content.Origin + mapping.OffsetOf(address), mapping.End - address)
            : new PageSource(this, address, PageSize - (address % PageSize));

    /// <summary>A page that can be written, and was written before, goes into the TLB.</summary>
    private void Remember(ulong address, UserMapping mapping)
    {
        // What others share they may also replace.
        if (mapping.IsShared || mapping.Access != PageAccess.ReadWrite)
            return;
        if (mapping.Content.HeadAt(mapping.OffsetOf(address)) is { } head)
            Tlb.Hold(address, head);
    }

    private int ReadMappings(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (Find(address) is not { Access: not PageAccess.Absent } mapping)
                return destination.Length;
            Remember(address, mapping);
            var chunk = (int)Math.Min((ulong)destination.Length, mapping.End - address);
            if (mapping.Content.ReadAt(mapping.OffsetOf(address), destination[..chunk]) is not 0 and var missing)
                return destination.Length - chunk + missing;
            destination = destination[chunk..];
            address += (ulong)chunk;
        }

        return 0;
    }

    private int WriteMappings(ulong address, ReadOnlySpan<byte> source)
    {
        Tlb.Flush();
        while (!source.IsEmpty)
        {
            if (Find(address) is not { Access: PageAccess.ReadWrite } mapping)
                return source.Length;
            var chunk = (int)Math.Min((ulong)source.Length, mapping.End - address);
            if (mapping.Content.WriteAt(mapping.OffsetOf(address), source[..chunk]) is not 0 and var missing)
                return source.Length - chunk + missing;
            Remember(address, mapping);
            source = source[chunk..];
            address += (ulong)chunk;
        }

        return 0;
    }

    private UserContent FileOf(int descriptor) =>
        (UserContent)(FindFile(descriptor) ?? throw new ArgumentException("no such file", nameof(descriptor)));

    private static ulong WholePages(ulong length) => (length + PageSize - 1) / PageSize * PageSize;

    private ulong Add(ulong length, Func<ulong, UserMapping> make)
    {
        var start = _next;
        _mappings.Add(make(start));
        _next += length + PageSize;
        return start;
    }

    private UserMapping? Find(ulong address)
    {
        foreach (var mapping in CollectionsMarshal.AsSpan(_mappings))
        {
            if (address - mapping.Start < mapping.Length)
                return mapping;
        }

        return null;
    }
}
