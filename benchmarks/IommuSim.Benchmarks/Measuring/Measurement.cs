namespace IommuSim.Benchmarks.Measuring;

/// <summary>What was measured of one probe.</summary>
/// <param name="Name">The probe's.</param>
/// <param name="Ns">Nanoseconds for one.</param>
/// <param name="Ratio">The same in units of the reference, which ran beside it; 1 without one.</param>
/// <param name="Bytes">Bytes that one allocates on the host's heap.</param>
public sealed record Measurement(string Name, Sample Ns, Sample Ratio, double Bytes);
