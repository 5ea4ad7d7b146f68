namespace IommuSim.Scenarios.Language;

/// <summary>KIND [SELECTORS]: fact [, fact]*: what is stated of all schedules of an exploration.</summary>
/// <param name="Kind">Of how many schedules it speaks.</param>
/// <param name="Selectors">The kernels it holds for; empty for every kernel.</param>
/// <param name="Facts">What one schedule shows; all of them together.</param>
/// <param name="Span">The whole line.</param>
public sealed record Clause(
    ClauseKind Kind,
    IReadOnlyList<KernelSelector> Selectors,
    IReadOnlyList<ClauseFact> Facts,
    SourceSpan Span
);

/// <summary>Of how many schedules a clause speaks.</summary>
public enum ClauseKind
{
    /// <summary>No schedule shows the facts.</summary>
    Never,

    /// <summary>At least one does.</summary>
    Sometimes,

    /// <summary>All of them do.</summary>
    Always,
}

/// <summary>What one schedule shows.</summary>
public abstract record ClauseFact
{
    /// <summary>The set of facts is closed: a pass may switch over all of them.</summary>
    private protected ClauseFact(SourceSpan span) => Span = span;

    public SourceSpan Span { get; init; }
}

/// <summary>report "title": such a report, or a broken invariant of that title, appears.</summary>
public sealed record ReportFact(StringValue Title, SourceSpan Span) : ClauseFact(Span);

/// <summary>killed: some task dies in the kernel.</summary>
public sealed record KilledFact(SourceSpan Span) : ClauseFact(Span);

/// <summary>BLOCK.STEP = RESULT: a step of a task ends so.</summary>
/// <param name="Step">The block and the step's name or verb, still to be resolved.</param>
/// <param name="Kind">How it ends.</param>
/// <param name="Result">The result word.</param>
public sealed record ResultFact(Identifier Step, OutcomeKind Kind, Identifier Result, SourceSpan Span)
    : ClauseFact(Span);
