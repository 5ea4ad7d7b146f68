namespace IommuSim.Source.Building;

/// <summary>How a kernel tree is built; what is null is found.</summary>
public sealed record SourceBuildOptions
{
    /// <summary>A file with lines as in a <c>.config</c>; they come after our own.</summary>
    public string? ConfigFragment { get; init; }

    /// <summary>How many compilers at once.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>Where scratch folders are kept; ${XDG_CACHE_HOME:-~/.cache}/iommusim/build where null.</summary>
    public string? Cache { get; init; }

    /// <summary>The folders, separated by colons, in which tools are looked for; $PATH where null.</summary>
    public string? SearchPath { get; init; }
}

/// <summary>What a build is doing.</summary>
/// <param name="Text">Words to print.</param>
/// <param name="Done">Files compiled so far; 0 in other steps.</param>
/// <param name="Total">Files to compile; 0 in other steps.</param>
public sealed record SourceBuildProgress(string Text, int Done = 0, int Total = 0);

/// <summary>What became of a build: a <see cref="SourceBuildResult"/> or a <see cref="SourceBuildError"/>.</summary>
public abstract record SourceBuildOutcome;

/// <summary>The LLVM IR of a tree.</summary>
/// <param name="Version">As the kernel calls itself.</param>
/// <param name="Modules">The paths of the .ll files, in an order that tree and configuration decide.</param>
/// <param name="TreeRoot">What stands before a file's path in the tree in debug information, with a slash.</param>
/// <param name="Rebuilt">Whether a file may differ from what the run before left.</param>
/// <param name="Notes">What the user should know: whole sentences.</param>
public sealed record SourceBuildResult(
    string Version,
    IReadOnlyList<string> Modules,
    string TreeRoot,
    bool Rebuilt,
    IReadOnlyList<string> Notes
) : SourceBuildOutcome;

/// <summary>Why there is no IR.</summary>
/// <param name="Lines">What is missing and how to get it, or the compiler's own lines.</param>
/// <param name="IsOfTree">The tree does not compile; false where the machine lacks something.</param>
public sealed record SourceBuildError(IReadOnlyList<string> Lines, bool IsOfTree = false) : SourceBuildOutcome;

/// <summary>Ends a build from within; <see cref="SourceBuild"/> makes a <see cref="SourceBuildError"/> of it.</summary>
internal sealed class SourceBuildException(params IReadOnlyList<string> lines) : Exception(string.Join('\n', lines))
{
    public IReadOnlyList<string> Lines => lines;

    /// <summary>The tree is to blame, and not the machine.</summary>
    public bool IsOfTree { get; init; }
}
