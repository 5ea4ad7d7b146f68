using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>Finds programs as execvp(3) does.</summary>
internal static class ProgramPath
{
    private const string UsualPath = "/bin:/usr/bin";

    /// <summary>The file to execute, or null when there is none.</summary>
    public static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return IsProgram(name) ? name : null;
        var folders = Environment.GetEnvironmentVariable("PATH") ?? UsualPath;
        return name.Length == 0
            ? null
            : folders
                .Split(':')
                .Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name))
                .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path) => !Directory.Exists(path) && Libc.Access(path, X_OK) == 0;
}
