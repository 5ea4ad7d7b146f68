namespace IommuSim.Scenarios.Comparison;

/// <summary>One request on one kernel.</summary>
/// <param name="HwInfo">
/// GET_HW_INFO on a freshly booted kernel; null where it has no such driver.
/// </param>
/// <param name="Alloc">
/// HWPT_ALLOC on another freshly booted kernel; null where the request cannot even be written down:
/// no such driver, no such ioctl, no field for the type.
/// </param>
public sealed record ComparisonCell(HwInfoProbe? HwInfo, AllocProbe? Alloc)
{
    public static ComparisonCell Empty { get; } = new(null, null);
}
