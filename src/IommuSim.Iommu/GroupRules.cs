namespace IommuSim.Iommu;

/// <summary>Where releases differ in what the IOMMU core does with a group.</summary>
/// <param name="ChecksOwner">From 6.8 on an attach of another driver's domain is EINVAL.</param>
/// <param name="RevertsFailedDevice">
/// Going back after a failure includes the device that refused. In 7.3 the core trusts the driver to have left it
/// where it was.
/// </param>
internal sealed record GroupRules(bool ChecksOwner, bool RevertsFailedDevice);
