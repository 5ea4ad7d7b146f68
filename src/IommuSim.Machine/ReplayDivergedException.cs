namespace IommuSim.Machine;

/// <summary>A replay string holds a decision that the run cannot take: the string is of another run.</summary>
public sealed class ReplayDivergedException(string message) : Exception(message);
