namespace IommuSim.Cli.Tests;

/// <summary>A folder for one test, which is removed at its end.</summary>
internal sealed class CampaignFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("iommusim-campaign-");

    /// <summary>A folder below it, which need not be there.</summary>
    public string this[string name] => Path.Combine(_root.FullName, name);

    /// <summary>Every file of a folder below it: its name and its text.</summary>
    public IReadOnlyDictionary<string, string> FilesOf(string name) =>
        Directory
            .GetFiles(this[name])
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllText, StringComparer.Ordinal);

    public void Dispose() => _root.Delete(recursive: true);
}
