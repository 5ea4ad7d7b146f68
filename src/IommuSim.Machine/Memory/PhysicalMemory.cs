namespace IommuSim.Machine.Memory;

/// <summary>
/// Names the pages of user programs as the IOMMU sees them. An address is a number for the address space and
/// the virtual address in it: pages of two address spaces are never the same, and neighbours in one are
/// neighbours here, as if every program had its memory in one piece.
/// </summary>
internal sealed class PhysicalMemory
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
}
