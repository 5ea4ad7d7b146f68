using IommuSim.Source.Building;

namespace IommuSim.Source.UserMode;

/// <summary>Which User-Mode Linux is built of a tree.</summary>
internal sealed record UmlOptions
{
    /// <summary>All mock devices in one group.</summary>
    public bool SharedGroup { get; init; }

    /// <summary>KASAN and lockdep.</summary>
    public bool Kasan { get; init; }

    /// <summary>Two processors.</summary>
    public bool Smp { get; init; }

    /// <summary>How many compilers at once.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>Where builds are kept; ${XDG_CACHE_HOME:-~/.cache}/iommusim/uml where null.</summary>
    public string? Cache { get; init; }

    /// <summary>The folders, separated by colons, in which tools are looked for; $PATH where null.</summary>
    public string? SearchPath { get; init; }

    /// <summary>The options as they are written on a command line.</summary>
    internal IEnumerable<string> Words
    {
        get
        {
            if (SharedGroup)
                yield return "--shared-group";
            if (Kasan)
                yield return "--kasan";
            if (Smp)
                yield return "--smp";
        }
    }
}

/// <summary>What became of a build: a <see cref="UmlBuilt"/> or a <see cref="UmlError"/>.</summary>
internal abstract record UmlOutcome;

/// <summary>A User-Mode Linux that boots.</summary>
internal sealed record UmlBuilt(UmlKernel Kernel) : UmlOutcome;

/// <summary>Why there is none, or why it does not run.</summary>
/// <param name="Lines">What is missing and how to get it, or the compiler's own lines.</param>
internal sealed record UmlError(IReadOnlyList<string> Lines) : UmlOutcome
{
    internal static UmlError Of(SourceBuildException refused) => new(refused.Lines);
}
