using IommuSim.Kernels;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>What the README shows as the program's answer is what the program prints.</summary>
public sealed class ReadmeTests
{
    private const string Path = "README.md";
    private const string Begin = "<!-- compare: begin -->\n";
    private const string End = "<!-- compare: end -->";

    private static readonly string[] s_short =
    [
        "v1/08",
        "v1/vtd",
        "idea/bit-ull",
        "idea/ops-hwpt-type",
        "idea/ops-hwpt-types",
        "linux-6.8",
        "linux-7.3",
    ];

    private static readonly string[] s_long =
    [
        "v1/08",
        "v1/12",
        "v1/12,gcc=O0",
        "v1/vtd",
        "v1/smmuv3",
        "idea/bit-ull",
        "idea/ops-hwpt-type",
        "idea/ops-hwpt-types",
        "idea/iommufd-data",
        "v2",
        "v4",
        "linux-6.8",
        "linux-7.3",
    ];

    /// <summary>One driver, and no costs: what fits a screen.</summary>
    [Fact]
    public void Readme_Answer_IsWhatComparePrints()
    {
        var answer = Compare(s_short, "intel-vtd");
        CheckAnswer(Path, answer[..answer.IndexOf("### What each design costs", StringComparison.Ordinal)].TrimEnd());
    }

    [Fact]
    public void LongAnswer_IsWhatComparePrints() =>
        CheckAnswer("scenarios/compare.md", Compare(s_long, "intel-vtd", "arm-smmuv3", "mock"));

    [Fact]
    public void Readme_FitsUnder200Lines() =>
        Assert.InRange(File.ReadAllLines(RepositoryRoot.Combine(Path)).Length, 1, 199);

    private static string Compare(string[] kernels, params string[] drivers) =>
        Cli.Run([
                "compare",
                "--format",
                "markdown",
                .. drivers.SelectMany(driver => new[] { "--driver", driver }),
                .. kernels.SelectMany(kernel => new[] { "--kernel", kernel }),
            ])
            .Output.ReplaceLineEndings("\n")
            .Trim()
            .Replace("## ", "### ", StringComparison.Ordinal);

    private static void CheckAnswer(string path, string answer)
    {
        var page = File.ReadAllText(RepositoryRoot.Combine(path)).ReplaceLineEndings("\n");
        var start = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        GoldenFile.Check(path, $"{page[..start]}\n{answer}\n\n{page[end..]}");
    }

    /// <summary>
    /// A hunt takes a minute: here only that its table has a line for every node, found as it should be.
    /// </summary>
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
