using System.Collections.Immutable;
using IommuSim.Scenarios.Language;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>What is stated about a step on one kernel.</summary>
/// <param name="Syntax">
/// The outcome; null when the step states none and must simply succeed.
/// </param>
/// <param name="Errno">The errno of an outcome that is one.</param>
internal sealed record Statement(
    Outcome? Syntax,
    OutcomeKind Kind,
    Errno Errno,
    ImmutableArray<ExpectedField> Outputs,
    ImmutableArray<ExpectedMemory> Memory
)
{
    public static Statement Succeeds { get; } = new(null, OutcomeKind.Ok, Errno.OK, [], []);

    public IReadOnlyList<StringValue> Reports => Syntax?.Reports ?? [];
}

/// <summary>What a field must hold.</summary>
internal sealed record ExpectedField(OutputField Field, ImmutableArray<ValueTerms> Terms);

/// <summary>What memory must hold.</summary>
/// <param name="Name">As the scenario calls it.</param>
/// <param name="Step">The step that passed it.</param>
/// <param name="Argument">The argument; null for the first that the step passed.</param>
internal sealed record ExpectedMemory(string Name, int Step, string? Argument, ImmutableArray<ExpectedField> Fields);
