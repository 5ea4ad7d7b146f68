namespace IommuSim.Iommufd.Ioctls;

/// <summary>
/// How GET_HW_INFO answers; the defaults are what was merged, the others what revisions of the series had.
/// </summary>
public sealed record HwInfoRules
{
    public static HwInfoRules Merged { get; } = new();

    /// <summary>Whether the driver's op is called, given whether there is one; a missing one is then NULL.</summary>
    public Func<bool, bool> Calls { get; init; } = static hasOp => hasOp;

    /// <summary>The answer without the op: success of type NONE, or what the revision says.</summary>
    public bool RefusesWithoutOp { get; init; }

    /// <summary>Whether the caller's buffer is zeroed for a driver without the op.</summary>
    public bool ClearsWithoutOp { get; init; } = true;

    /// <summary>Bytes to zero behind the data; 0 leaves the caller's bytes there.</summary>
    public Func<uint, ulong> ClearLength { get; init; } = static rest => rest;

    /// <summary>Whether no buffer at all asks for the length.</summary>
    public bool AllowsNoBuffer { get; init; } = true;

    /// <summary>The length that is returned, given the caller's and the kernel's.</summary>
    public Func<uint, uint, uint> Length { get; init; } = static (_, kernel) => kernel;

    /// <summary>Whether an error from the op is freed as if it were data.</summary>
    public bool FreesErrors { get; init; }
}
