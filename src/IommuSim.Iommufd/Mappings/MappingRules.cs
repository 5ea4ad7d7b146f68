namespace IommuSim.Iommufd.Mappings;

/// <summary>What kernels do differently when they map and unmap; the common course is in <see cref="IoPagetable"/>.</summary>
public sealed record MappingRules
{
    /// <summary>6.12.117 and 7.3.</summary>
    public static MappingRules Linux73 { get; } = new();

    /// <summary>
    /// Whether an unmap that let go of its lock looks only behind the area that it removed, and so does not
    /// take what was mapped meanwhile; spring 2026.
    /// </summary>
    public bool UnmapMovesForward { get; init; } = true;

    /// <summary>Whether a start that wraps around when it is aligned is no place for an area; 6.17.</summary>
    public bool ChecksAlignedStart { get; init; } = true;

    /// <summary>
    /// Whether a length whose pages cannot be counted, because of its place in the first one, is EINVAL before
    /// anything is made; without, it is a warning.
    /// </summary>
    public bool CountsOffsetInLength { get; init; }
}
