using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IommuSim.Machine.Memory;

/// <summary>
/// The pages of a program's last accesses: a copy inside one of them moves its bytes without a search. It holds the
/// heads of pages that can be read and written, and their memory flushes it before that changes.
/// </summary>
public sealed class UserTlb
{
    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>A power of two.</summary>
    private const int Size = 8;

    private Entries _entries;

    /// <summary>The TLB of memory whose every access is to be seen; always empty.</summary>
    public static UserTlb None { get; } = new();

    /// <summary>
    /// The bytes themselves when they are at least one and lie in what is held of one page; else false.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTranslate(ulong address, ulong length, out Span<byte> bytes)
    {
        var held = HeldFrom(address);
        // 0 - 1 is larger than any page.
        if (length - 1 < (uint)held.Length)
        {
            // The range was just checked, and a slice would check it again: copies are most of what an ioctl does.
            bytes = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(held), (int)length);
            return true;
        }

        bytes = default;
        return false;
    }

    /// <summary>The bytes from this address on as far as they are held of its page; none when it is not held.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<byte> HeldFrom(ulong address)
    {
        ref var entry = ref _entries[SlotOf(address)];
        var offset = address - entry.Start;
        if (entry.Head is not { } head || offset >= (ulong)head.Length)
            return default;
        ref var first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(head), (nint)offset);
        return MemoryMarshal.CreateSpan(ref first, head.Length - (int)offset);
    }

    /// <summary>Holds the page that this address is in, which begins with these bytes.</summary>
    internal void Hold(ulong address, byte[] head)
    {
        ref var entry = ref _entries[SlotOf(address)];
        entry.Start = address / PageSize * PageSize;
        entry.Head = head;
    }

    internal void Flush() => _entries = default;

    private static int SlotOf(ulong address) => (int)(address / PageSize) & (Size - 1);

    /// <summary>Of an empty one <see cref="Head"/> is null.</summary>
    private struct Entry
    {
        public ulong Start;
        public byte[]? Head;
    }

    [InlineArray(Size)]
    private struct Entries
    {
        private Entry _first;
    }
}
