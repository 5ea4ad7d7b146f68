using System.Runtime.InteropServices;
using IommuSim.Machine.Memory;
using IommuSim.Machine.State;

namespace IommuSim.Search.Programs;

/// <summary>
/// The user memory of a search: as <see cref="UserAddressSpace"/> lays it out, and made anew for
/// every run without giving anything to the garbage collector. Of a large mapping only the head is
/// kept; the rest is its fill byte for ever. Counts the bytes that the kernel goes through.
/// </summary>
internal sealed class SearchMemory : IUserMemory, IOwnState
{
    /// <summary>Bytes of a mapping that remember what is written to them.</summary>
    public const int HeadSize = 2 * PageSize;

    /// <summary>The largest mapping, as in scenarios.</summary>
    public const ulong Largest = 1UL << 33;

    private const int PageSize = (int)UserAddressSpace.PageSize;
    private const ulong FirstAddress = 0x10000;

    /// <summary>Numbers of files that no kernel of ours gives.</summary>
    private const int FirstFile = 1 << 16;

    [Stateless]
    private readonly List<Mapping> _mappings = [];
    private readonly List<SearchFile> _files = [];
    private int _count;
    private ulong _next = FirstAddress;

    /// <summary>Accesses that met a page which is not there or not writable.</summary>
    public int Faults { get; private set; }

    /// <summary>Bytes gone through, of mappings that are counted.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>Accesses, of mappings that are counted.</summary>
    public ulong Accesses { get; private set; }

    /// <summary>After this many accesses or bytes the run ends in an exception; 0 for never.</summary>
    public ulong AccessBound { get; set; }

    public ulong ByteBound { get; set; }

    public void Reset()
    {
        _count = 0;
        _next = FirstAddress;
        _files.Clear();
        ResetCounters();
    }

    public Action Save()
    {
        var restored = Mappings.Select(mapping => mapping.Save()).ToArray();
        return () =>
        {
            foreach (var restore in restored)
                restore();
        };
    }

    /// <summary>A file that is memory; returns its descriptor.</summary>
    public int CreateFile(ulong length, byte fill)
    {
        _files.Add(new SearchFile(length, fill));
        return FirstFile + _files.Count - 1;
    }

    public IUserFile? FindFile(int descriptor) =>
        descriptor >= FirstFile && descriptor - FirstFile < _files.Count ? _files[descriptor - FirstFile] : null;

    /// <summary>What a program has mapped, in the order in which it did.</summary>
    public IEnumerable<Mapping> Mappings => _mappings.Take(_count);

    public void ResetCounters()
    {
        Faults = 0;
        Bytes = 0;
        Accesses = 0;
    }

    /// <summary>Maps at least <paramref name="length"/> bytes; returns the mapping.</summary>
    public Mapping Map(ulong length, PageAccess access, byte fill, bool isCounted)
    {
        if (_count == _mappings.Count)
            _mappings.Add(new Mapping());
        var mapping = _mappings[_count++];
        var pages = Math.Max(1, (length + PageSize - 1) / PageSize);
        mapping.Use(_next, pages * PageSize, access, fill, isCounted);
        _next += (pages + 1) * PageSize;
        return mapping;
    }

    public int Read(ulong address, Span<byte> destination)
    {
        var mapping = Find(address);
        if (mapping is null || mapping.Access == PageAccess.Absent)
            return Fault(destination.Length);
        var chunk = (int)Math.Min((ulong)destination.Length, mapping.End - address);
        Count(mapping, (ulong)chunk);
        mapping.Read(address, destination[..chunk]);
        return chunk == destination.Length ? 0 : Fault(destination.Length - chunk);
    }

    /// <summary>What is at the address, for an oracle: the look is no work of the kernel's.</summary>
    public T Look<T>(ulong address)
        where T : unmanaged
    {
        (AccessBound, ByteBound) = (0, 0);
        T value = default;
        Read(address, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        var mapping = Find(address);
        if (mapping is not { Access: PageAccess.ReadWrite })
            return Fault(source.Length);
        var chunk = (int)Math.Min((ulong)source.Length, mapping.End - address);
        Count(mapping, (ulong)chunk);
        mapping.Write(address, source[..chunk]);
        return chunk == source.Length ? 0 : Fault(source.Length - chunk);
    }

    public ulong Clear(ulong address, ulong length)
    {
        var mapping = Find(address);
        if (mapping is not { Access: PageAccess.ReadWrite })
        {
            Faults++;
            return length;
        }

        var chunk = Math.Min(length, mapping.End - address);
        Count(mapping, chunk);
        mapping.Clear(address, chunk);
        if (chunk != length)
            Faults++;
        return length - chunk;
    }

    public ZeroScan ScanForNonZero(ulong address, ulong length)
    {
        var mapping = Find(address);
        if (mapping is null || mapping.Access == PageAccess.Absent)
        {
            Faults++;
            return ZeroScan.Fault;
        }

        var chunk = Math.Min(length, mapping.End - address);
        if (!mapping.IsZero(address, chunk))
            return ZeroScan.NonZero;
        Count(mapping, chunk);
        if (chunk == length)
            return ZeroScan.AllZero;
        Faults++;
        return ZeroScan.Fault;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable)
    {
        var mapping = Find(address);
        var isGood =
            mapping is { Access: PageAccess.ReadWrite } || (mapping is { Access: PageAccess.ReadOnly } && !writable);
        var done = isGood ? Math.Min(length, mapping!.End - address) : 0;
        if (done < length)
            Faults++;
        return done;
    }

    /// <summary>Whether all of it is there, for observers: nothing is counted.</summary>
    public bool IsThere(ulong address, ulong length, bool writable)
    {
        var mapping = Find(address);
        return mapping is not null
            && mapping.Access >= (writable ? PageAccess.ReadWrite : PageAccess.ReadOnly)
            && mapping.End - address >= length;
    }

    /// <summary>Whether what is written there can be read again: it lies in the head of a mapping.</summary>
    public bool Keeps(ulong address, ulong length) =>
        Find(address) is { } mapping && address - mapping.Start + length <= HeadSize;

    /// <summary>Reads for an observer; false when not all of it is there.</summary>
    public bool TryPeek(ulong address, Span<byte> destination)
    {
        if (!IsThere(address, (ulong)destination.Length, writable: false))
            return false;
        Find(address)!.Read(address, destination);
        return true;
    }

    private int Fault(int missing)
    {
        Faults++;
        return missing;
    }

    private void Count(Mapping mapping, ulong bytes)
    {
        if (!mapping.IsCounted)
            return;
        Bytes += bytes;
        Accesses++;
        if ((ByteBound != 0 && Bytes > ByteBound) || (AccessBound != 0 && Accesses > AccessBound))
            throw new WorkBoundException();
    }

    private Mapping? Find(ulong address)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            var mapping = _mappings[i];
            if (address >= mapping.Start && address < mapping.End)
                return mapping;
        }

        return null;
    }

    /// <summary>One mapping, used again in the next run.</summary>
    [Stateless]
    internal sealed class Mapping
    {
        private readonly byte[] _head = new byte[HeadSize];
        private byte _fill;

        public ulong Start { get; private set; }

        public ulong End { get; private set; }

        public PageAccess Access { get; private set; }

        public bool IsCounted { get; private set; }

        /// <summary>What lies at its start.</summary>
        public Span<byte> Head => _head.AsSpan(0, (int)Math.Min((ulong)_head.Length, End - Start));

        public void Use(ulong start, ulong length, PageAccess access, byte fill, bool isCounted)
        {
            Start = start;
            End = start + length;
            Access = access;
            IsCounted = isCounted;
            _fill = fill;
            Head.Fill(fill);
        }

        public Action Save()
        {
            var head = Head.ToArray();
            var (start, length, access, fill, isCounted) = (Start, End - Start, Access, _fill, IsCounted);
            return () =>
            {
                Use(start, length, access, fill, isCounted);
                head.CopyTo(Head);
            };
        }

        public void Read(ulong address, Span<byte> destination)
        {
            var inHead = InHead(address, (ulong)destination.Length);
            _head.AsSpan((int)(address - Start) * Math.Sign(inHead), inHead).CopyTo(destination);
            destination[inHead..].Fill(_fill);
        }

        public void Write(ulong address, ReadOnlySpan<byte> source)
        {
            var inHead = InHead(address, (ulong)source.Length);
            if (inHead > 0)
                source[..inHead].CopyTo(_head.AsSpan((int)(address - Start)));
        }

        public void Clear(ulong address, ulong length)
        {
            var inHead = InHead(address, length);
            if (inHead > 0)
                _head.AsSpan((int)(address - Start), inHead).Clear();
        }

        public bool IsZero(ulong address, ulong length)
        {
            var inHead = InHead(address, length);
            if (inHead > 0 && _head.AsSpan((int)(address - Start), inHead).ContainsAnyExcept((byte)0))
                return false;
            return _fill == 0 || (ulong)inHead == length;
        }

        private int InHead(ulong address, ulong length)
        {
            var offset = address - Start;
            return offset >= HeadSize ? 0 : (int)Math.Min(length, HeadSize - offset);
        }
    }
}

/// <summary>Ends a run in which one call does more work than any validated input asks for.</summary>
internal sealed class WorkBoundException : Exception;
