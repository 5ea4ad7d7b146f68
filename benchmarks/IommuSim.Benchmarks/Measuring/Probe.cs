namespace IommuSim.Benchmarks.Measuring;

/// <summary>Something to time.</summary>
/// <param name="Name">As tables print it.</param>
/// <param name="Run">Does it as often as it is told.</param>
/// <param name="Repeats">How often what is named happens in one time.</param>
public sealed record Probe(string Name, Action<int> Run, int Repeats = 1);
