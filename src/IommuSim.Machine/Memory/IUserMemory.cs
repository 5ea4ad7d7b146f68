namespace IommuSim.Machine.Memory;

/// <summary>
/// The memory of a user program. A page may be absent or read-only; an access stops at the first byte that it cannot
/// reach, and keeps what it did before.
/// </summary>
public interface IUserMemory
{
    /// <summary>
    /// What may be accessed without asking; <see cref="UserTlb.None"/> where every access is to be seen.
    /// </summary>
    UserTlb Tlb => UserTlb.None;

    /// <summary>Bytes that could not be read, 0 when all were.</summary>
    int Read(ulong address, Span<byte> destination);

    /// <summary>Bytes that could not be written, 0 when all were.</summary>
    int Write(ulong address, ReadOnlySpan<byte> source);

    /// <summary>Writes zeroes; returns the bytes that could not be written.</summary>
    ulong Clear(ulong address, ulong length) => (ulong)Write(address, new byte[length]);

    /// <summary>Whether all bytes are 0. The first that is not ends the scan, before any fault behind it.</summary>
    ZeroScan ScanForNonZero(ulong address, ulong length)
    {
        var bytes = new byte[length];
        var missing = Read(address, bytes);
        if (bytes.AsSpan(0, bytes.Length - missing).ContainsAnyExcept((byte)0))
            return ZeroScan.NonZero;
        return missing > 0 ? ZeroScan.Fault : ZeroScan.AllZero;
    }

    /// <summary>
    /// How many of the bytes from a page's start on could be pinned for a device to read, or also to write, before the
    /// first page that could not; 0 for a program that has ended. Both are whole pages.
    /// </summary>
    ulong Pinnable(ulong address, ulong length, bool writable);

    /// <summary>The program has ended; what is pinned of it stays.</summary>
    bool IsGone => false;

    /// <summary>
    /// What is behind an address: this memory, or a file that several programs share, with the place in it. Two
    /// addresses of one place are one page.
    /// </summary>
    PageSource SourceOf(ulong address) => new(this, address, ulong.MaxValue - address);

    /// <summary>As <see cref="Read"/>, of pages that are pinned: they are there whatever the program does.</summary>
    int ReadPinned(ulong address, Span<byte> destination) => Read(address, destination);

    /// <summary>As <see cref="Write"/>, of pages that are pinned.</summary>
    int WritePinned(ulong address, ReadOnlySpan<byte> source) => Write(address, source);

    /// <summary>
    /// Whole pages of this memory, which <see cref="SourceOf"/> named, are pinned once more: they stay what they are,
    /// whatever the program does with its addresses.
    /// </summary>
    void Pinned(ulong offset, ulong length) { }

    /// <summary>They are pinned once less.</summary>
    void Unpinned(ulong offset, ulong length) { }

    /// <summary>
    /// The memory behind a descriptor of the program, for a file that is nothing else; null for another.
    /// </summary>
    IUserFile? FindFile(int descriptor) => null;
}
