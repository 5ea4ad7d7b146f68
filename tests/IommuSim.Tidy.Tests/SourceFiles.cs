using IommuSim.Testing;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IommuSim.Tidy.Tests;

/// <summary>A C# file of the repository, parsed.</summary>
/// <param name="Path">From the root, with slashes.</param>
internal sealed record SourceFile(string Path, string[] Lines, CompilationUnitSyntax Syntax)
{
    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);
}

/// <summary>All C# files below src, tests and benchmarks, but for what a build leaves there.</summary>
internal static class SourceFiles
{
    private static readonly Lazy<SourceFile[]> s_all = new(() => [.. Read()]);

    public static IReadOnlyList<SourceFile> All => s_all.Value;

    /// <summary>The files of the product.</summary>
    public static IEnumerable<SourceFile> Product => All.Where(file => file.IsProduct);

    private static ParallelQuery<SourceFile> Read() =>
        from folder in new[] { "src", "tests", "benchmarks" }.AsParallel().AsOrdered()
        from path in Directory.EnumerateFiles(RepositoryRoot.Combine(folder), "*.cs", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(RepositoryRoot.Combine("."), path).Replace('\\', '/')
        where
            !relative.Contains("/obj/", StringComparison.Ordinal)
            && !relative.Contains("/bin/", StringComparison.Ordinal)
        let text = File.ReadAllText(path)
        select new SourceFile(
            relative,
            text.Split('\n'),
            (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(text).GetRoot()
        );
}
