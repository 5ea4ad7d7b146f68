using IommuSim.Machine.Memory;

namespace IommuSim.Machine.Tests.Memory;

/// <summary>
/// User memory as a dictionary of bytes, one access at a time: slow, and plainly right.
/// </summary>
internal sealed class ByteMemory : IUserMemory
{
    private readonly Dictionary<ulong, byte> _bytes = [];
    private readonly Dictionary<ulong, PageAccess> _pages = [];

    public void Map(ulong start, ulong length, PageAccess access, byte fill)
    {
        Protect(start, length, access);
        for (var offset = 0UL; offset < RoundUp(length); offset++)
            _bytes[start + offset] = fill;
    }

    public void Protect(ulong start, ulong length, PageAccess access)
    {
        for (var offset = 0UL; offset < RoundUp(length); offset += UserAddressSpace.PageSize)
            _pages[(start + offset) / UserAddressSpace.PageSize] = access;
    }

    public byte this[ulong address] => _bytes[address];

    public bool CanRead(ulong address) => AccessOf(address) != PageAccess.Absent;

    public int Read(ulong address, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            if (!CanRead(address + (ulong)i))
                return destination.Length - i;
            destination[i] = _bytes[address + (ulong)i];
        }

        return 0;
    }

    public int Write(ulong address, ReadOnlySpan<byte> source)
    {
        for (var i = 0; i < source.Length; i++)
        {
            if (AccessOf(address + (ulong)i) != PageAccess.ReadWrite)
                return source.Length - i;
            _bytes[address + (ulong)i] = source[i];
        }

        return 0;
    }

    public ulong Clear(ulong address, ulong length)
    {
        for (var i = 0UL; i < length; i++)
        {
            if (AccessOf(address + i) != PageAccess.ReadWrite)
                return length - i;
            _bytes[address + i] = 0;
        }

        return 0;
    }

    public ZeroScan ScanForNonZero(ulong address, ulong length)
    {
        for (var i = 0UL; i < length; i++)
        {
            if (!CanRead(address + i))
                return ZeroScan.Fault;
            if (_bytes[address + i] != 0)
                return ZeroScan.NonZero;
        }

        return ZeroScan.AllZero;
    }

    public ulong Pinnable(ulong address, ulong length, bool writable)
    {
        for (var i = 0UL; i < length; i++)
        {
            if (writable ? AccessOf(address + i) != PageAccess.ReadWrite : !CanRead(address + i))
                return i;
        }

        return length;
    }

    private PageAccess AccessOf(ulong address) =>
        _pages.GetValueOrDefault(address / UserAddressSpace.PageSize, PageAccess.Absent);

    private static ulong RoundUp(ulong length) =>
        Math.Max(1, (length + UserAddressSpace.PageSize - 1) / UserAddressSpace.PageSize) * UserAddressSpace.PageSize;
}
