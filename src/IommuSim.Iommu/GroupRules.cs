namespace IommuSim.Iommu;

/// <summary>What the IOMMU core does differently for a group; the common course is in <see cref="IommuGroup"/>.</summary>
/// <param name="ChecksOwnerAtReplace">A replace by another driver's domain is EINVAL too.</param>
/// <param name="CannotFailBackwards">
/// Blocking a group, and going back after a failure, never fails: a driver may refuse only what is new.
/// </param>
public sealed record GroupRules(bool ChecksOwnerAtReplace, bool CannotFailBackwards)
{
    /// <summary>As in every kernel so far.</summary>
    public static GroupRules Default { get; } = new(false, false);

    /// <summary>
    /// Whether going back after a failure includes the device that refused; in 7.3 a driver is trusted to
    /// have left it where it was.
    /// </summary>
    public bool RevertsFailedDevice { get; init; } = true;
}
