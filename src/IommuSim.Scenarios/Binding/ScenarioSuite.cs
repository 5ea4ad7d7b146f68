using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Loads scenarios from files and folders.</summary>
public static class ScenarioSuite
{
    private const string Pattern = "*.scenario";

    /// <summary>
    /// Loads files, and every <c>*.scenario</c> below folders in ordinal order. What cannot be
    /// loaded is in the errors; the rest is loaded all the same.
    /// </summary>
    public static SuiteLoad Load(IEnumerable<string> paths, KernelCatalog catalog)
    {
        var scenarios = new List<BoundScenario>();
        var errors = new List<string>();
        foreach (var path in paths)
        {
            // Files know nothing of each other, so that every processor reads some.
            var files = FilesOf(path, errors);
            var loads = new SuiteLoad[files.Length];
            Parallel.For(0, files.Length, i => loads[i] = LoadFile(files[i], catalog));
            foreach (var load in loads)
                Add(load, scenarios, errors);
        }

        return new SuiteLoad(scenarios, errors);
    }

    /// <summary>
    /// Loads one scenario from its text; <paramref name="fileName"/> is what errors call it.
    /// </summary>
    public static SuiteLoad LoadText(string fileName, string text, KernelCatalog catalog)
    {
        var parsed = ScenarioParser.Parse(fileName, text);
        var bound = ScenarioBinder.Bind(parsed, catalog, out var diagnostics);
        return new SuiteLoad(bound is null ? [] : [bound], [.. diagnostics.Select(d => parsed.Source.Render([d]))]);
    }

    private static SuiteLoad LoadFile(string file, KernelCatalog catalog)
    {
        try
        {
            return LoadText(file, File.ReadAllText(file), catalog);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SuiteLoad([], [$"{file}: cannot be read: {e.Message}\n"]);
        }
    }

    /// <summary>Adds what was loaded; the second scenario of a name is an error.</summary>
    private static void Add(SuiteLoad load, List<BoundScenario> scenarios, List<string> errors)
    {
        errors.AddRange(load.Errors);
        foreach (var scenario in load.Scenarios)
        {
            if (scenarios.Find(s => s.Name == scenario.Name) is { } first)
            {
                var name = scenario.Syntax.Name;
                var message = $"the name '{name}' is taken by {first.Path}";
                var error = scenario.Source.Error(name.Span, message);
                errors.Add(scenario.Source.Render([error]));
            }
            else
            {
                scenarios.Add(scenario);
            }
        }
    }

    private static string[] FilesOf(string path, List<string> errors)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
        {
            errors.Add(Missing(path));
            return [];
        }

        string[] files = [];
        try
        {
            files = Directory.GetFiles(path, Pattern, SearchOption.AllDirectories);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{path}: cannot be read: {e.Message}\n");
            return [];
        }

        Array.Sort(files, StringComparer.Ordinal);
        if (files.Length == 0)
            errors.Add($"{path}: there is no file '{Pattern}' in this folder\n");
        return files;
    }

    private static string Missing(string path)
    {
        var name = Path.GetFileName(path.TrimEnd('/'));
        var parent = Path.GetDirectoryName(path.TrimEnd('/'));
        var folder = string.IsNullOrEmpty(parent) ? "." : parent;
        string? nearest = null;
        if (Directory.Exists(folder))
        {
            var there = Directory.EnumerateFileSystemEntries(folder);
            nearest = NearestWord.Find(name, there.Select(e => Path.GetFileName(e)!));
        }

        var suggestion = nearest is null ? "" : $"did you mean '{nearest}'?\n";
        return $"{path}: no such file or folder\n{suggestion}";
    }
}

/// <summary>What became of the files that were to be loaded.</summary>
/// <param name="Scenarios">Those without an error, in the order of the files.</param>
/// <param name="Errors">Every error as a user sees it: several lines, each ended with LF.</param>
public sealed record SuiteLoad(IReadOnlyList<BoundScenario> Scenarios, IReadOnlyList<string> Errors);
