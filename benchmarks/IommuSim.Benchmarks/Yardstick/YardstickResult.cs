namespace IommuSim.Benchmarks.Yardstick;

/// <summary>How one operation compares with the null call.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Ratio">Its time in null calls, the median of all rounds.</param>
/// <param name="NullNs">Nanoseconds of the null call, the median of all stretches.</param>
/// <param name="Bytes">Bytes that one run allocates on the host's heap.</param>
public sealed record YardstickResult(string Operation, double Ratio, double NullNs, double Bytes);
