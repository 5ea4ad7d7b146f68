using Xunit;

namespace IommuSim.Testing;

/// <summary>
/// Compares text with a file of the repository. With IOMMUSIM_UPDATE=1 in the environment the file
/// is written instead, to be reviewed in the diff.
/// </summary>
public static class GoldenFile
{
    private const string UpdateVariable = "IOMMUSIM_UPDATE";

    /// <summary>Whether golden files are written and not compared.</summary>
    public static bool Updates => Environment.GetEnvironmentVariable(UpdateVariable) == "1";

    /// <summary><paramref name="path"/> is relative to the root of the repository.</summary>
    public static void Check(string path, string actual)
    {
        var full = RepositoryRoot.Combine(path);
        var text = actual.ReplaceLineEndings("\n");
        if (Updates)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
            return;
        }

        var hint = $"run the tests with {UpdateVariable}=1 to write {path}, and review the diff";
        Assert.True(File.Exists(full), $"{path} does not exist; {hint}");
        var expected = File.ReadAllText(full).ReplaceLineEndings("\n");
        Assert.True(expected == text, FirstDifference(expected, text, hint));
    }

    private static string FirstDifference(string expected, string actual, string hint)
    {
        var left = expected.Split('\n');
        var right = actual.Split('\n');
        var line = 0;
        while (line < left.Length && line < right.Length && left[line] == right[line])
            line++;
        return $"line {line + 1} differs\n" + $"  golden: {At(left, line)}\n" + $"  actual: {At(right, line)}\n{hint}";
    }

    private static string At(string[] lines, int line) => line < lines.Length ? lines[line] : "(the text ends here)";
}
