using IommuSim.Machine.Memory;

namespace IommuSim.Search.Programs;

/// <summary>A file of a program that is memory, by offset.</summary>
internal sealed class SearchFile : IUserFile, IUserMemory
{
    private readonly byte[] _bytes;

    public SearchFile(ulong length, byte fill)
    {
        const ulong PageSize = UserAddressSpace.PageSize;
        Length = length;
        _bytes = new byte[(length + PageSize - 1) / PageSize * PageSize];
        _bytes.AsSpan().Fill(fill);
    }

    public IUserMemory Memory => this;

    public ulong Length { get; }

    /// <summary>The bytes from an offset on; fewer where the file ends.</summary>
    public ReadOnlySpan<byte> From(ulong offset, int length)
    {
        var start = (int)Math.Min(offset, (ulong)_bytes.Length);
        return _bytes.AsSpan(start, Math.Min(length, _bytes.Length - start));
    }

    public int Read(ulong address, Span<byte> destination)
    {
        var there = From(address, destination.Length);
        there.CopyTo(destination);
        return destination.Length - there.Length;
    }

    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        var there = From(address, source.Length).Length;
        if (there > 0)
            source[..there].CopyTo(_bytes.AsSpan((int)address));
        return source.Length - there;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable) =>
        address >= (ulong)_bytes.Length ? 0 : Math.Min(length, (ulong)_bytes.Length - address);
}
