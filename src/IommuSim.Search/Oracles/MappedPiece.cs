using IommuSim.Iommu;

namespace IommuSim.Search.Oracles;

/// <summary>A mapping as user space asked for it; a copy of several has as many pieces.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Memory">The user address behind <paramref name="Iova"/>.</param>
/// <param name="IsWritable">The memory was first mapped to be written to; copies of it may be, too.</param>
internal readonly record struct MappedPiece(ulong Iova, ulong Length, ulong Memory, IommuProt Prot, bool IsWritable)
{
    /// <summary>Inclusive.</summary>
    public ulong Last => Iova + (Length - 1);

    public bool Meets(ulong start, ulong last) => Iova <= last && start <= Last;
}

/// <summary>An inclusive range of I/O virtual addresses.</summary>
/// <param name="Owner">Of a reserved one: the device, or null for the selftest.</param>
internal readonly record struct AddressRange(ulong Start, ulong Last, object? Owner = null)
{
    public bool Meets(ulong start, ulong last) => Start <= last && start <= Last;
}
