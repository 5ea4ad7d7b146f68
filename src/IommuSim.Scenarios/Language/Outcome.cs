namespace IommuSim.Scenarios.Language;

/// <summary>What a step is stated to do on some kernels.</summary>
/// <param name="Selectors">
/// The kernels it holds for. Empty: every kernel, or with <paramref name="IsOtherwise"/> those no
/// other outcome of the step selects.
/// </param>
/// <param name="IsOtherwise">Whether the line began with "otherwise:".</param>
/// <param name="Kind">How the step ends.</param>
/// <param name="Result">The result word; for an errno its name, still to be resolved.</param>
/// <param name="Fields">Outputs in the step's own ioctl struct.</param>
/// <param name="Memory">Contents of memory the step or an earlier one passed.</param>
/// <param name="Reports">
/// The titles of the reports that appear. Empty is a statement too: none appears.
/// </param>
/// <param name="Span">The part on the outcome's first line.</param>
public sealed record Outcome(
    IReadOnlyList<KernelSelector> Selectors,
    bool IsOtherwise,
    OutcomeKind Kind,
    Identifier Result,
    IReadOnlyList<FieldExpectation> Fields,
    IReadOnlyList<MemoryExpectation> Memory,
    IReadOnlyList<StringValue> Reports,
    SourceSpan Span
);

/// <summary>How a step can end.</summary>
public enum OutcomeKind
{
    /// <summary>The call succeeds.</summary>
    Ok,

    /// <summary>The call returns an errno.</summary>
    Errno,

    /// <summary>The task dies in the kernel.</summary>
    Killed,
}

/// <summary>field=value: what a field holds afterwards.</summary>
public sealed record FieldExpectation(Identifier Name, Value Value, SourceSpan Span);

/// <summary>
/// reads NAME{field=value, ...}: what the memory behind an argument or an earlier result holds.
/// </summary>
public sealed record MemoryExpectation(Identifier Name, IReadOnlyList<FieldExpectation> Fields, SourceSpan Span);
