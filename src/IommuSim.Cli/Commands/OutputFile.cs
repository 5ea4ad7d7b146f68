namespace IommuSim.Cli.Commands;

/// <summary>A file that an option names, for what is not printed.</summary>
internal static class OutputFile
{
    /// <param name="option">As a command line has it.</param>
    /// <exception cref="InputErrorException">It cannot be written.</exception>
    public static void Write(string option, string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputErrorException($"{option} '{path}' cannot be written: {e.Message}");
        }
    }
}
