namespace IommuSim.Iommufd.Viommus;

/// <summary>
/// Where bugs of kernels differ in vIOMMUs and what is made on them. Every default is the right form, which is
/// also that of 7.3.4.
/// </summary>
public sealed record ViommuRules
{
    public static ViommuRules Default { get; } = new();

    /// <summary>A vDEVICE can be looked up only when its driver has set it up.</summary>
    public bool PublishesAfterInit { get; init; } = true;

    /// <summary>The refusal of a driver's vDEVICE that is too small lets go of the group's lock.</summary>
    public bool UnlocksBadSize { get; init; } = true;

    /// <summary>The abort of a vDEVICE knows that its caller holds the group's lock.</summary>
    public bool AbortsUnderLock { get; init; } = true;

    /// <summary>An unbind takes the device's vDEVICE along, and leaves its id as a tombstone.</summary>
    public bool UnbindDestroysVdevice { get; init; } = true;
}
