namespace IommuSim.Scenarios.Language;

/// <summary>[RESULT =] VERB positional* name=value*, and the outcomes stated for it.</summary>
/// <param name="Result">The name later steps use for what this one yields.</param>
/// <param name="Verb">An ioctl or another action.</param>
/// <param name="Arguments">As written: those without a name come first.</param>
/// <param name="Outcomes">
/// Either one without selectors, or any number with them of which at most one is "otherwise".
/// </param>
/// <param name="Span">The part on the step's first line.</param>
public sealed record Step(
    Identifier? Result,
    Identifier Verb,
    IReadOnlyList<Argument> Arguments,
    IReadOnlyList<Outcome> Outcomes,
    SourceSpan Span
)
{
    /// <summary>The part of the scenario it stands in; see <see cref="StepBlock"/>.</summary>
    public int Block { get; init; } = StepBlock.Setup;
}

/// <summary>A value handed to a step; a positional one has no name.</summary>
public sealed record Argument(Identifier? Name, Value Value, SourceSpan Span);
