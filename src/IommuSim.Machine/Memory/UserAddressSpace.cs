using System.Runtime.InteropServices;

namespace IommuSim.Machine.Memory;

/// <summary>
/// A simulated user address space: mappings at increasing addresses with an absent page between them.
/// A large mapping costs memory only where it was written. Addresses are the same in every run.
/// </summary>
public sealed class UserAddressSpace : IUserMemory
{
    /// <summary>Bytes of a page.</summary>
    public const ulong PageSize = 4096;

    /// <summary>First address past user space on x86-64 with four-level paging.</summary>
    public const ulong TaskSize = 0x7ffffffff000;

    private const ulong FirstAddress = 0x10000;

    private readonly List<UserMapping> _mappings = [];
    private ulong _next = FirstAddress;

    /// <summary>A program with no memory at all: every access faults.</summary>
    public static UserAddressSpace Empty { get; } = new();

    /// <inheritdoc />
    public UserTlb Tlb { get; } = new();

    /// <summary>Maps at least <paramref name="length"/> zero bytes; returns the address of the first page.</summary>
    public ulong Map(ulong length, PageAccess access = PageAccess.ReadWrite, byte fill = 0)
    {
        var pages = Math.Max(1, (length + PageSize - 1) / PageSize);
        var mapping = new UserMapping(_next, pages, access, fill);
        _mappings.Add(mapping);
        _next += (pages + 1) * PageSize;
        return mapping.Start;
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
            mapping.Clear(address, chunk);
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
            if (!mapping.IsZero(address, chunk))
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
            done += Math.Min(length - done, mapping.End - (address + done));
        }

        return done;
    }

    /// <summary>A page that can be written, and was written before, goes into the TLB.</summary>
    private void Remember(ulong address, UserMapping mapping)
    {
        if (mapping.Access == PageAccess.ReadWrite && mapping.HeadAt(address) is { } head)
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
            mapping.Read(address, destination[..chunk]);
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
            mapping.Write(address, source[..chunk]);
            Remember(address, mapping);
            source = source[chunk..];
            address += (ulong)chunk;
        }

        return 0;
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
