namespace IommuSim.Cli.Commands;

/// <summary>Files for what is not printed.</summary>
internal static class OutputFile
{
    /// <summary>A file that an option names.</summary>
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

    /// <summary>The file appears when it is whole.</summary>
    /// <param name="write">Writes it, to the path that it is given.</param>
    public static void WriteWhole(string path, Action<string> write)
    {
        var unfinished = path + ".new";
        try
        {
            write(unfinished);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
