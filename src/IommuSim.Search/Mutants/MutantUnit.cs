using System.Security.Cryptography;
using System.Text;
using IommuSim.Kernels;

namespace IommuSim.Search.Mutants;

/// <summary>A piece of a search: a scenario, a sweep through one, the sequence of a seed.</summary>
/// <param name="Search">The search that it is a part of.</param>
/// <param name="Name">The scenario, the run, or the seed.</param>
/// <param name="Run">Everything that it finds on a kernel.</param>
/// <param name="Text">What it does, where that is written down: another text is another piece.</param>
internal sealed record MutantUnit(
    MutantSearchKind Search,
    string Name,
    Func<KernelNode, IEnumerable<MutantFinding>> Run,
    string Text = ""
)
{
    /// <summary>Names it in the file of what the kernel as it is shows.</summary>
    public string Key => $"{Search} {Name} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..8]}";

    /// <summary>By the numbers of mutants: whether the kernel as it is comes to the place.</summary>
    public bool[] Reached { get; set; } = [];

    /// <summary>Titles of what it finds on the kernel as it is.</summary>
    public IReadOnlyList<string> Known { get; set; } = [];
}

/// <summary>The searches that a mutant is put to.</summary>
internal enum MutantSearchKind
{
    /// <summary>Its initcalls.</summary>
    Boot,

    /// <summary>A scenario's verdict is another one.</summary>
    Scenario,

    /// <summary>The same of one with tasks, under every schedule up to the default bound.</summary>
    Explore,

    /// <summary>A data race in an exploration, which the kernel as it is does not have in any of them.</summary>
    Races,

    /// <summary>A run that real Linux recorded has another outcome.</summary>
    Recorded,

    /// <summary>A failure injected in a step of a scenario.</summary>
    Sweep,

    /// <summary>The same in a call of a drawn sequence.</summary>
    FailedCall,

    /// <summary>Random sequences with all oracles.</summary>
    Fuzz,

    /// <summary>Random sequences on it and on the model of the release.</summary>
    Against,
}

/// <summary>What a unit finds.</summary>
/// <param name="Title">Without ids and addresses: the same title is the same finding.</param>
/// <param name="Replay">What brings it back on a file of the mutant.</param>
internal sealed record MutantFinding(string Title, string Replay);

/// <summary>What killed a mutant.</summary>
internal sealed record MutantKill(MutantSearchKind Search, MutantFinding Finding);

/// <summary>What became of a mutant in the searches.</summary>
/// <param name="Kill">Null for one that survived.</param>
/// <param name="Units">Pieces of searches that come to its place on the kernel as it is.</param>
/// <param name="Error">Why a piece of a search was not run, a fault of the simulator; null where all were.</param>
internal sealed record MutantVerdict(MutantKill? Kill, int Units, string? Error);
