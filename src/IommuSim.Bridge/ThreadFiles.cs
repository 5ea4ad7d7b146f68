using System.Globalization;

namespace IommuSim.Bridge;

/// <summary>The names that a file of a thread has in /proc.</summary>
internal static class ThreadFiles
{
    /// <summary>
    /// The thread whose file it is, as the caller sees /proc; null for another path, and for a thread that is not
    /// there.
    /// </summary>
    /// <param name="name">The last word of the path.</param>
    public static int? ThreadOf(string path, string name, int process, int thread)
    {
        if (!path.EndsWith(name, StringComparison.Ordinal))
            return null;
        var words = path.Split('/');
        if (words[^1] != name)
            return null;
        var folder = words[..^1] switch
        {
            ["", "proc", "thread-self"] => $"{process}/task/{thread}",
            ["", "proc", var leader] => $"{NumberOf(leader, process)}/task/{NumberOf(leader, process)}",
            ["", "proc", var leader, "task", var tid] => $"{NumberOf(leader, process)}/task/{tid}",
            _ => null,
        };
        return
            folder is not null
            && Directory.Exists("/proc/" + folder)
            && int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private static string NumberOf(string word, int process) =>
        word == "self" ? process.ToString(CultureInfo.InvariantCulture) : word;
}
