using IommuSim.Machine.Memory;

namespace IommuSim.Search.Recordings;

/// <summary>
/// The memory of a program that plays a run, with files that are memory. Addresses follow one another as the calls
/// need them, so that each is aligned as in the program that recorded the run.
/// </summary>
internal sealed class PlayedMemory : IUserMemory
{
    /// <summary>Numbers of files that no kernel of ours gives.</summary>
    private const int FirstFile = 1 << 16;

    private readonly UserAddressSpace _pages = new();
    private readonly List<MemoryFile> _files = [];

    /// <summary>Whole pages with none behind them; returns where they begin.</summary>
    public ulong Map(ulong length, byte fill) => _pages.Map(length, PageAccess.ReadWrite, fill);

    /// <summary>Of all the pages that begin there.</summary>
    public void Protect(ulong start, PageAccess access) => _pages.Protect(start, access);

    /// <summary>A file of zeroes; returns its number.</summary>
    public int CreateFile(ulong length)
    {
        _files.Add(new MemoryFile(length));
        return FirstFile + _files.Count - 1;
    }

    public int Read(ulong address, Span<byte> destination) => _pages.Read(address, destination);

    public int Write(ulong address, ReadOnlySpan<byte> source) => _pages.Write(address, source);

    public ulong Clear(ulong address, ulong length) => _pages.Clear(address, length);

    public ZeroScan ScanForNonZero(ulong address, ulong length) => _pages.ScanForNonZero(address, length);

    public ulong Pinnable(ulong address, ulong length, bool writable) => _pages.Pinnable(address, length, writable);

    public IUserFile? FindFile(int descriptor) =>
        descriptor >= FirstFile && descriptor - FirstFile < _files.Count ? _files[descriptor - FirstFile] : null;

    /// <summary>Memory by offset.</summary>
    private sealed class MemoryFile(ulong length) : IUserFile, IUserMemory
    {
        private readonly byte[] _bytes = new byte[
            (length + UserAddressSpace.PageSize - 1) / UserAddressSpace.PageSize * UserAddressSpace.PageSize
        ];

        public IUserMemory Memory => this;

        public ulong Length => length;

        public int Read(ulong address, Span<byte> destination)
        {
            var there = There(address, destination.Length);
            _bytes.AsSpan((int)Math.Min(address, (ulong)_bytes.Length), there).CopyTo(destination);
            return destination.Length - there;
        }

        public int Write(ulong address, ReadOnlySpan<byte> source)
        {
            var there = There(address, source.Length);
            source[..there].CopyTo(_bytes.AsSpan((int)Math.Min(address, (ulong)_bytes.Length)));
            return source.Length - there;
        }

        public ulong Pinnable(ulong address, ulong length, bool writable) =>
            address >= (ulong)_bytes.Length ? 0 : Math.Min(length, (ulong)_bytes.Length - address);

        private int There(ulong address, int length) =>
            address >= (ulong)_bytes.Length ? 0 : (int)Math.Min((ulong)length, (ulong)_bytes.Length - address);
    }
}
