namespace IommuSim.Search.Fuzz;

/// <summary>
/// I17: how much of the data behind a pointer one call may go through. The struct itself and the
/// buffer of GET_HW_INFO are not counted: their lengths bound one linear pass each, and no kernel
/// limits them.
/// </summary>
internal static class WorkBounds
{
    /// <summary>2^19 entries of a page each are the most that any kernel accepts.</summary>
    private const ulong InvalidateAccesses = (2UL << 19) + 64;

    private const ulong InvalidateBytes = (1UL << 31) + (1UL << 20);

    /// <summary>No driver's allocation data is longer than a page.</summary>
    private const ulong AllocBytes = 1UL << 20;

    public static (ulong Accesses, ulong Bytes) Of(string verb) =>
        verb switch
        {
            "IOMMU_HWPT_INVALIDATE" => (InvalidateAccesses, InvalidateBytes),
            "IOMMU_HWPT_ALLOC" => (InvalidateAccesses, AllocBytes),
            _ => (0, 0),
        };
}
