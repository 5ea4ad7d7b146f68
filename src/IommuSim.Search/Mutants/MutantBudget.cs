namespace IommuSim.Search.Mutants;

/// <summary>
/// How long a mutant is looked for, in counted work. A sequence in which the kernel as it is does not come to the
/// mutant's place is the same on both, so it is drawn once for all mutants and run for none.
/// </summary>
/// <param name="Drawn">Sequences of the fuzz, from seed 1.</param>
/// <param name="Fuzz">Of these, the most that are run on one mutant: the first that come to its place.</param>
/// <param name="Compared">Sequences for the comparison with the model, from seed 1.</param>
/// <param name="Against">Of these, the most that are run on one mutant.</param>
/// <param name="Failed">Sequences in which every allocation and copy is failed in turn, from seed 1.</param>
/// <param name="Sweep">Of these, the most that are run on one mutant.</param>
/// <param name="Schedules">The most schedules of an exploration in which data races are looked for.</param>
internal sealed record MutantBudget(
    int Drawn = 20_000,
    int Fuzz = 600,
    int Compared = 6_000,
    int Against = 250,
    int Failed = 300,
    int Sweep = 12,
    int Schedules = 400
)
{
    /// <summary>Sequences of each search that are tried before the slower searches.</summary>
    internal const int FirstFuzz = 200;

    /// <inheritdoc cref="FirstFuzz"/>
    internal const int FirstAgainst = 60;
}
