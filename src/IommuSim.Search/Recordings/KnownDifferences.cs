namespace IommuSim.Search.Recordings;

/// <summary>
/// The list of differences that are known. A line that begins with a number sign says why; each other line is the
/// <see cref="RunDifference.Key"/> of one.
/// </summary>
internal static class KnownDifferences
{
    /// <summary>The keys of the file; none without a file.</summary>
    public static IReadOnlySet<string> Read(string? path) =>
        path is null
            ? new HashSet<string>(StringComparer.Ordinal)
            : File.ReadAllLines(path)
                .Where(line => line.Length > 0 && line[0] != '#')
                .ToHashSet(StringComparer.Ordinal);
}
