namespace IommuSim.Cli;

/// <summary>
/// Ends a command because its input is wrong. The message is what the user reads: whole sentences,
/// with what would have been right.
/// </summary>
public sealed class InputErrorException(string message) : Exception(message)
{
    /// <summary>
    /// The message begins with the file's name, as a compiler's does, and not with the command's.
    /// </summary>
    public bool NamesItsFile { get; init; }
}
