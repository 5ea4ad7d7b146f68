namespace IommuSim.Source.Reading;

/// <summary>Names of C files relative to the kernel's tree.</summary>
internal sealed class SourcePaths(string? treeRoot)
{
    private readonly string? _root = treeRoot is null ? null : $"{treeRoot.TrimEnd('/')}/";

    /// <param name="directory">Where clang ran; names may be relative to it.</param>
    public string InTree(string name, string directory)
    {
        var full = name.StartsWith('/') ? name : Join(directory, name);
        if (_root is not null && full.StartsWith(_root, StringComparison.Ordinal))
            return full[_root.Length..];
        while (true)
        {
            if (name.StartsWith("./", StringComparison.Ordinal))
                name = name[2..];
            else if (name.StartsWith("../", StringComparison.Ordinal))
                name = name[3..];
            else
                return name;
        }
    }

    private static string Join(string directory, string name)
    {
        directory = directory.TrimEnd('/');
        while (true)
        {
            if (name.StartsWith("./", StringComparison.Ordinal))
            {
                name = name[2..];
                continue;
            }

            if (!name.StartsWith("../", StringComparison.Ordinal))
                return $"{directory}/{name}";
            name = name[3..];
            directory = directory[..Math.Max(directory.LastIndexOf('/'), 0)];
        }
    }
}
