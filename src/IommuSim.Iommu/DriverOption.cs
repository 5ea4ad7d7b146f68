namespace IommuSim.Iommu;

/// <summary>A setting that a driver's devices understand.</summary>
/// <param name="Name">The word before the equals sign.</param>
/// <param name="Values">What may stand behind it; the first is the default. Empty: any word.</param>
/// <param name="Meaning">One line for a reader.</param>
internal sealed record DriverOption(string Name, IReadOnlyList<string> Values, string Meaning);
