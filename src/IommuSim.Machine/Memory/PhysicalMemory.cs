using System.Diagnostics.CodeAnalysis;

namespace IommuSim.Machine.Memory;

/// <summary>
/// Names the pages of user programs as the IOMMU sees them. An address is a number for the address space and
/// the virtual address in it: pages of two address spaces are never the same, and neighbours in one are
/// neighbours here, as if every program had its memory in one piece.
/// </summary>
public sealed class PhysicalMemory
{
    private const int VirtualBits = 47;

    private readonly List<IUserMemory> _spaces = [];

    /// <summary>The address behind address 0 of this program; never 0 itself.</summary>
    public ulong BaseOf(IUserMemory space)
    {
        var index = _spaces.FindIndex(known => ReferenceEquals(known, space));
        if (index < 0)
        {
            index = _spaces.Count;
            _spaces.Add(space);
        }

        return (ulong)(index + 1) << VirtualBits;
    }

    /// <summary>The program whose memory is behind a physical address, and the virtual address there.</summary>
    public bool TryFind(ulong physical, [NotNullWhen(true)] out IUserMemory? space, out ulong address)
    {
        var index = (physical >> VirtualBits) - 1;
        space = index < (ulong)_spaces.Count ? _spaces[(int)index] : null;
        address = physical & ((1UL << VirtualBits) - 1);
        return space is not null;
    }
}
