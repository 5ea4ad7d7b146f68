namespace IommuSim.Search.Fuzz;

/// <summary>Ends a run in which one call does more work than any validated input asks for.</summary>
internal sealed class WorkBoundException : Exception;
