using IommuSim.Iommu;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>A mapping as user space asked for it; a copy of several has as many pieces.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Memory">The user address behind <paramref name="Iova"/>.</param>
/// <param name="IsWritable">The memory was first mapped to be written to; copies of it may be, too.</param>
internal readonly record struct MappedPiece(ulong Iova, ulong Length, ulong Memory, IommuProt Prot, bool IsWritable)
{
    /// <summary>Inclusive.</summary>
    public ulong Last => Iova + (Length - 1);

    /// <summary>What was mapped by one call; copies have it in common, and with it the pages that are pinned.</summary>
    public MapOrigin? Origin { get; init; }

    /// <summary>The file that is mapped, in which <see cref="Memory"/> is an offset; null for memory.</summary>
    public SearchFile? File => Origin?.File;

    /// <summary>A dma-buf is mapped, of which no page is pinned or copied.</summary>
    public bool IsBuffer => Origin is { IsBuffer: true };

    /// <summary>Differs from that of what was mapped there before.</summary>
    public long Serial { get; init; }

    /// <summary>Which of the pieces of an IOAS shows the address; null where nothing is mapped.</summary>
    public static MappedPiece? At(List<MappedPiece> pieces, ulong address)
    {
        foreach (var piece in pieces)
        {
            if (piece.Meets(address, address))
                return piece;
        }

        return null;
    }

    public bool Meets(ulong start, ulong last) => Iova <= last && start <= Last;

    /// <summary>A part of it, by addresses.</summary>
    public MappedPiece Part(ulong start, ulong last) =>
        this with
        {
            Iova = start,
            Length = last - start + 1,
            Memory = Memory + (start - Iova),
        };

    /// <summary>Whether these bytes of what it maps can be pinned.</summary>
    /// <param name="start">As its memory is counted: an address, or an offset in the file.</param>
    public bool IsThere(SearchMemory memory, ulong start, ulong length) =>
        File is { } file
            ? start + length >= start && start + length <= (file.Length + PageSize - 1) / PageSize * PageSize
            : memory.IsThere(start, length, IsWritable);

    private const ulong PageSize = Machine.Memory.UserAddressSpace.PageSize;
}

/// <summary>What one call has mapped first.</summary>
internal sealed class MapOrigin
{
    public SearchFile? File { get; init; }

    public bool IsBuffer { get; init; }

    /// <summary>Its pages count for the program, and not for the user.</summary>
    public bool IsOfMm { get; init; }

    /// <summary>The child pays for it, and not the program.</summary>
    public bool IsOfChild { get; set; }
}

/// <summary>An inclusive range of I/O virtual addresses.</summary>
/// <param name="Owner">Of a reserved one: the device, or null for the selftest.</param>
internal readonly record struct AddressRange(ulong Start, ulong Last, object? Owner = null)
{
    /// <summary>Which of the pieces of an IOAS shows the address; null where nothing is mapped.</summary>
    public static MappedPiece? At(List<MappedPiece> pieces, ulong address)
    {
        foreach (var piece in pieces)
        {
            if (piece.Meets(address, address))
                return piece;
        }

        return null;
    }

    public bool Meets(ulong start, ulong last) => Start <= last && start <= Last;
}
