namespace IommuSim.Bridge;

/// <summary>
/// The host cannot do what the bridge needs, or cannot start the program; one sentence that says what.
/// </summary>
public sealed class HostRefusesException(string message) : Exception(message);
