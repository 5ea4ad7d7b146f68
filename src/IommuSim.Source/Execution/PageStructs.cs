using System.Buffers.Binary;

namespace IommuSim.Source.Execution;

/// <summary>
/// The content of struct page. The array of all of them spans the memory of every program and would be huge; a struct
/// exists here from the first store to it, and reads as zeroes before.
/// </summary>
public sealed class PageStructs
{
    private readonly Dictionary<ulong, byte[]> _pages = [];

    internal PageStructs() { }

    private PageStructs(PageStructs from)
    {
        foreach (var (index, bytes) in from._pages)
            _pages.Add(index, (byte[])bytes.Clone());
    }

    /// <summary>The struct page of the page that has this address in the kernel's view of physical memory.</summary>
    public static ulong OfAddress(ulong address) =>
        MemoryMap.Pages + ((address - MemoryMap.Physical) / MemoryMap.PageSize * MemoryMap.PageStructSize);

    /// <summary>The inverse: where the page itself is.</summary>
    public static ulong AddressOf(ulong page) =>
        MemoryMap.Physical + ((page - MemoryMap.Pages) / MemoryMap.PageStructSize * MemoryMap.PageSize);

    /// <summary>Whether the address is one of a struct page.</summary>
    internal static bool IsIn(ulong address) =>
        address >= MemoryMap.Pages && address < OfAddress(MemoryMap.PhysicalEnd);

    internal PageStructs Copy() => new(this);

    internal ulong Load(ulong address, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        if (_pages.TryGetValue(IndexOf(address), out var page))
            page.AsSpan(OffsetOf(address), size).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    internal void Store(ulong address, ulong value, int size)
    {
        if (!_pages.TryGetValue(IndexOf(address), out var page))
            _pages.Add(IndexOf(address), page = new byte[MemoryMap.PageStructSize]);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(page.AsSpan(OffsetOf(address), size));
    }

    /// <summary>The page begins a new life: nothing is known of it.</summary>
    internal void Forget(ulong page) => _pages.Remove(IndexOf(page));

    private static ulong IndexOf(ulong address) => (address - MemoryMap.Pages) / MemoryMap.PageStructSize;

    private static int OffsetOf(ulong address) => (int)((address - MemoryMap.Pages) % MemoryMap.PageStructSize);
}
