using System.Text.RegularExpressions;

namespace IommuSim.Tidy.Tests;

/// <summary>
/// What comments say is modelled exists. IOMMUSIM_TREE names a Linux source tree; without one there is nothing to
/// compare with.
/// </summary>
public sealed partial class ModelledFunctionTests
{
    private const string Variable = "IOMMUSIM_TREE";

    /// <summary>Only comments on 7.3, or on a range that ends with it, are of the tree.</summary>
    private const string Newest = "v7.3";

    [Fact]
    public void Models_OfTheNewestRelease_AreInTheTree()
    {
        var tree = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(Directory.Exists(tree), $"{Variable} names no source tree of Linux 7.3");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var (path, comment) in Comments())
        {
            foreach (Match cited in Citation().Matches(comment))
            {
                var file = Path.Combine(tree, cited.Groups["file"].Value);
                if (!texts.TryGetValue(file, out var text))
                    texts[file] = text = File.Exists(file) ? File.ReadAllText(file) : "";
                if (!text.Contains(cited.Groups["function"].Value, StringComparison.Ordinal))
                    missing.Add($"{path}: {cited.Value}");
            }
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    private static IEnumerable<(string Path, string Comment)> Comments() =>
        from file in SourceFiles.Product
        from line in file.Lines
        let comment = line.Trim()
        where comment.StartsWith("// Models ", StringComparison.Ordinal)
        where comment.Contains(Newest, StringComparison.Ordinal)
        select (file.Path, comment);

    [GeneratedRegex(
        @"(?<file>(?:drivers|include|fs|lib)/[\w./-]+\.[ch]):(?<function>\w+)\(\)",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Citation();
}
