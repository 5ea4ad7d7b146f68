namespace IommuSim.Iommufd;

/// <summary>What kernels from 6.7 on do differently when a nested hwpt is made.</summary>
/// <param name="ChecksParentOwner">6.12: a parent of another driver is EINVAL before the driver sees it.</param>
/// <param name="NeedsInvalidateOp">6.11: a nested domain that nobody can invalidate is EINVAL.</param>
/// <param name="WarnsOfDriver">A domain that should not have come from a driver is a warning as well.</param>
public sealed record NestedRules(bool ChecksParentOwner, bool NeedsInvalidateOp, bool WarnsOfDriver)
{
    /// <summary>6.7 and 6.8.</summary>
    public static NestedRules Linux67 { get; } = new(false, false, true);
}
