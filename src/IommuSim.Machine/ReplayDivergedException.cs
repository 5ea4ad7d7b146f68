namespace IommuSim.Machine;

/// <summary>A replay string holds an answer that the run cannot take: it belongs to another run.</summary>
public sealed class ReplayDivergedException(string message) : Exception(message);
