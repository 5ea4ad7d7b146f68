namespace IommuSim.Kernels.Bugs;

/// <summary>
/// The decisions of the mended v1 in which the series itself went wrong. The defaults are right; a bug node
/// sets one of them back.
/// </summary>
internal sealed record SeriesRules
{
    public static SeriesRules Mended { get; } = new();

    /// <summary>Whether an invalidation of this type may go to a hwpt of that type.</summary>
    public Func<uint, uint, bool> TypesAgree { get; init; } = static (asked, own) => asked == own;

    /// <summary>Whether user space learns what the driver says to an invalidation.</summary>
    public bool PassesInvalidateErrno { get; init; } = true;

    /// <summary>Whether a nested domain needs an invalidation op, and the ioctl looks for it.</summary>
    public bool LooksForInvalidateOp { get; init; } = true;

    /// <summary>Bytes of data past which it is not even looked at.</summary>
    public uint MaxDataLength { get; init; } = 4096;

    /// <summary>Whether data that ends early is zero from there on.</summary>
    public bool ExtendsShortData { get; init; }

    /// <summary>Whether data that comes with no type is ignored.</summary>
    public bool IgnoresUntypedData { get; init; }

    /// <summary>Whether a wrong type of domain has an errno of its own.</summary>
    public bool HasErrnoOfWrongType { get; init; } = true;

    /// <summary>Whether coherency is forced on nested domains, whose page tables are the guest's.</summary>
    public bool ForcesNestedCoherency { get; init; }

    /// <summary>Whether the driver answers NULL, which is ENOMEM, whatever it is that it dislikes.</summary>
    public bool DriverAnswersNull { get; init; }

    /// <summary>Whether a parent of another driver is refused before the driver sees it.</summary>
    public bool ChecksParentOwner { get; init; } = true;

    /// <summary>Whether a driver that takes no data is spared it without a word.</summary>
    public bool IgnoresDataWithoutOp { get; init; }

    /// <summary>Whether a nested hwpt may come without data.</summary>
    public bool NestsWithoutData { get; init; }
}
