namespace IommuSim.Iommufd.Ioctls;

/// <summary>What kernels from 6.8 on do differently in HWPT_INVALIDATE.</summary>
public sealed record InvalidateRules
{
    /// <summary>Bytes; longer entries are EINVAL. Only the kernels since 7.2 have a bound.</summary>
    public uint MaxEntryLength { get; init; } = uint.MaxValue;

    /// <summary>More entries are EINVAL.</summary>
    public uint MaxEntries { get; init; } = uint.MaxValue;

    /// <summary>Whether the op is looked for: without it EOPNOTSUPP, as in 7.3.</summary>
    public bool NeedsOp { get; init; }

    /// <summary>False in v4 to v6: an answer that cannot be copied returns before the hwpt is put.</summary>
    public bool PutsBeforeAnswer { get; init; } = true;

    /// <summary>The bounds of 7.2: a page, and 2^19 entries.</summary>
    public static InvalidateRules Bounded { get; } =
        new()
        {
            MaxEntryLength = 4096,
            MaxEntries = 1 << 19,
            NeedsOp = true,
        };
}
