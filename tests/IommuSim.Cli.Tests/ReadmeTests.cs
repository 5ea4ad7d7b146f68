using IommuSim.Kernels;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>What the README shows as the program's answer is what the program prints.</summary>
public sealed class ReadmeTests
{
    private const string Path = "README.md";
    private const string Begin = "<!-- compare: begin -->\n";
    private const string End = "<!-- compare: end -->";

    private static readonly string[] s_question =
    [
        "compare",
        "--format",
        "markdown",
        "--driver",
        "intel-vtd",
        "--driver",
        "mock",
        "--kernel",
        "v1/08",
        "--kernel",
        "v1/12",
        "--kernel",
        "v1/12,gcc=O0",
        "--kernel",
        "v1/vtd",
        "--kernel",
        "idea/bit-ull",
        "--kernel",
        "idea/ops-hwpt-type",
        "--kernel",
        "idea/ops-hwpt-types",
        "--kernel",
        "idea/iommufd-data",
        "--kernel",
        "v2",
        "--kernel",
        "v4",
        "--kernel",
        "linux-6.8",
    ];

    [Fact]
    public void Readme_Answer_IsWhatComparePrints()
    {
        var readme = File.ReadAllText(RepositoryRoot.Combine(Path)).ReplaceLineEndings("\n");
        var start = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        var answer = Cli.Run(s_question)
            .Output.ReplaceLineEndings("\n")
            .Trim()
            .Replace("## ", "### ", StringComparison.Ordinal);

        GoldenFile.Check(Path, $"{readme[..start]}\n{answer}\n\n{readme[end..]}");
    }

    /// <summary>A hunt takes a minute: here only that its table has a line for every node, found as it should be.</summary>
    [Fact]
    public void BugsReadme_Hunt_HasALineForEveryNodeAndTheFullScore()
    {
        var readme = File.ReadAllText(RepositoryRoot.Combine("src/IommuSim.Kernels/Bugs/README.md"))
            .ReplaceLineEndings("\n");
        var start = readme.IndexOf("<!-- hunt: begin -->", StringComparison.Ordinal);
        var table = readme[start..readme.IndexOf("<!-- hunt: end -->", StringComparison.Ordinal)];
        var rows = table.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal));
        var nodes = KernelTree.Bugs.Concat(KernelTree.Fixed).Select(n => n.Name);

        Assert.Equal(nodes, rows.Skip(2).Select(r => r.Split('|')[1].Trim()));
        Assert.DoesNotContain("NOT FOUND", table, StringComparison.Ordinal);
        var bugs = KernelTree.Bugs.Length;
        Assert.Contains($"{bugs} of {bugs} found, 0 false alarms", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Readme_FirstCommands_AreTheTwoThatDoEverything()
    {
        var lines = File.ReadAllLines(RepositoryRoot.Combine(Path))
            .Where(l => l.StartsWith("    ", StringComparison.Ordinal))
            .Take(2)
            .Select(l => l.Trim());

        Assert.Equal(["dotnet run --project src/IommuSim.Cli -- run scenarios", "dotnet test"], lines);
    }
}
