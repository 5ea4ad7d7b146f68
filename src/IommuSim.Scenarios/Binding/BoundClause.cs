using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>A clause in which every name means something.</summary>
internal sealed record BoundClause(Clause Syntax, ImmutableArray<BoundFact> Facts)
{
    public ClauseKind Kind => Syntax.Kind;

    /// <summary>Whether the clause speaks of this kernel.</summary>
    public bool IsFor(KernelNode kernel) =>
        Syntax.Selectors.Count == 0 || Syntax.Selectors.Any(s => OutcomeSelection.DistanceOf(s, kernel) is not null);
}

/// <summary>One thing that a schedule shows: exactly one of the three is asked.</summary>
/// <param name="Title">The title of a report or of a broken invariant; null for the others.</param>
/// <param name="Step">The step that ends as told; -1 for the others.</param>
/// <param name="Killed">The step, or without one any task, dies.</param>
/// <param name="Errno">How the step ends when it does not die.</param>
internal sealed record BoundFact(string? Title, int Step, bool Killed, Errno Errno);
