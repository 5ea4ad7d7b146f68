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

    [Fact]
    public void Readme_FirstCommands_AreTheTwoThatDoEverything()
    {
        var lines = File.ReadAllLines(RepositoryRoot.Combine(Path))
            .Where(l => l.StartsWith("    ", StringComparison.Ordinal))
            .Take(2)
            .Select(l => l.Trim());

        Assert.Equal(
            ["dotnet run --project src/IommuSim.Cli -- run scenarios", "dotnet test"],
            lines
        );
    }
}
