namespace IommuSim.Testing;

/// <summary>Finds the files of the repository from wherever a test runs.</summary>
public static class RepositoryRoot
{
    private const string Marker = "IommuSim.sln";

    private static readonly Lazy<string> s_path = new(FindRoot);

    /// <summary>The folder that holds the solution.</summary>
    public static string Path => s_path.Value;

    /// <summary>A file or folder below it.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, Marker)))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no {Marker} above {AppContext.BaseDirectory}");
    }
}
