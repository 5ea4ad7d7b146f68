using System.Globalization;

namespace IommuSim.Source.Building;

/// <summary>What files were like when something was made of them: sizes and ages, kept as lines of text.</summary>
internal sealed class FileStamps
{
    private const string Absent = "-";

    private readonly Dictionary<string, string> _stamps = new(StringComparer.Ordinal);

    public static FileStamps Take(IEnumerable<string> paths)
    {
        var stamps = new FileStamps();
        foreach (var path in paths)
            stamps._stamps.TryAdd(path, Stamp(path));
        return stamps;
    }

    /// <summary>Null where none were kept.</summary>
    public static FileStamps? Read(string file)
    {
        if (!File.Exists(file))
            return null;
        var stamps = new FileStamps();
        foreach (var line in File.ReadLines(file))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0)
                stamps._stamps[line[(space + 1)..]] = line[..space];
        }

        return stamps;
    }

    /// <summary>The files that are no longer what they were.</summary>
    public HashSet<string> Changed() =>
        _stamps
            .Where(stamp => Stamp(stamp.Key) != stamp.Value)
            .Select(stamp => stamp.Key)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Stamps of these files from before a program read them. One that has changed while it ran, or was not known
    /// then and is younger than the start, gets a stamp that is never right.
    /// </summary>
    /// <param name="start">A file made before the program ran.</param>
    /// <param name="made">The folder that the program itself writes to; what lies there is taken as it is.</param>
    public static FileStamps TakeAfter(IEnumerable<string> paths, FileStamps before, string start, string made)
    {
        var after = Take(paths);
        var began = Ticks(start);
        foreach (var (path, stamp) in after._stamps.ToList())
        {
            if (path.StartsWith(made, StringComparison.Ordinal))
                continue;
            if (before._stamps.TryGetValue(path, out var old) ? old != stamp : Ticks(path) > began)
                after._stamps[path] = Absent + Absent;
        }

        return after;
    }

    public void Write(string file)
    {
        File.WriteAllLines(file + ".new", _stamps.Select(stamp => $"{stamp.Value} {stamp.Key}"));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static string Stamp(string path)
    {
        var file = Target(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Length}:{Ticks(path)}") : Absent;
    }

    private static FileInfo Target(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

#pragma warning disable RS0030 // The age of a file is no clock that a run could see.
    private static long Ticks(string path) => Target(path).LastWriteTimeUtc.Ticks;
#pragma warning restore RS0030
}
