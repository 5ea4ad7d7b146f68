using System.Globalization;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// A scenario file: one question, the machines it is put to, and the stated answers.
/// </summary>
/// <param name="Name">What the scenario is called.</param>
/// <param name="Question">The one question it answers.</param>
/// <param name="Why">Why anyone would ask.</param>
/// <param name="Source">Where the question comes from.</param>
/// <param name="Kernels">The kernels it is put to; at least one.</param>
/// <param name="Config">Build switches that differ from a kernel's own.</param>
/// <param name="Choices">The list of choices to replay, as written; null leaves them open.</param>
/// <param name="Devices">The hardware every machine has.</param>
/// <param name="Steps">What is done, in order; may be empty.</param>
internal sealed record Scenario(
    Prose Name,
    Prose Question,
    Prose Why,
    Prose Source,
    IReadOnlyList<KernelSelector> Kernels,
    IReadOnlyList<Setting> Config,
    Prose? Choices,
    IReadOnlyList<DeviceDeclaration> Devices,
    IReadOnlyList<Step> Steps
)
{
    /// <summary>RLIMIT_MEMLOCK in bytes, of a program without CAP_IPC_LOCK; null for one with it.</summary>
    public ulong? LockedMemoryLimit { get; init; }

    /// <summary>What is stated of all schedules; only in an exploration.</summary>
    public IReadOnlyList<Clause> Clauses { get; init; } = [];

    /// <summary>How many tasks run at once; 0 for a straight scenario.</summary>
    public int TaskCount { get; } = CountTasks(Steps);

    private static int CountTasks(IReadOnlyList<Step> steps)
    {
        var count = 0;
        foreach (var step in steps)
            count = Math.Max(count, step.Block + 1);
        return count;
    }
}

/// <summary>A kernel, and with '+' also everything built on it.</summary>
internal sealed record KernelSelector(string Name, bool AndDescendants, SourceSpan Span)
{
    public override string ToString() => AndDescendants ? Name + "+" : Name;
}

/// <summary>KEY=VALUE: a build switch or a property of a device.</summary>
internal sealed record Setting(Identifier Key, Value Value, SourceSpan Span);

/// <summary>device NAME: DRIVER [key=value ...]</summary>
internal sealed record DeviceDeclaration(
    Identifier Name,
    Identifier Driver,
    IReadOnlyList<Setting> Settings,
    SourceSpan Span
);

/// <summary>[RESULT =] VERB positional* name=value*, and the outcomes stated for it.</summary>
/// <param name="Result">The name later steps use for what this one yields.</param>
/// <param name="Verb">An ioctl or another action.</param>
/// <param name="Arguments">As written: those without a name come first.</param>
/// <param name="Outcomes">
/// Either one without selectors, or any number with them of which at most one is "otherwise".
/// </param>
/// <param name="Span">The part on the step's first line.</param>
internal sealed record Step(
    Identifier? Result,
    Identifier Verb,
    IReadOnlyList<Argument> Arguments,
    IReadOnlyList<Outcome> Outcomes,
    SourceSpan Span
)
{
    /// <summary>The argument that any step can have: the child that makes it.</summary>
    public const string By = "by";

    /// <summary>The part of the scenario it stands in; see <see cref="StepBlock"/>.</summary>
    public int Block { get; init; } = StepBlock.Setup;
}

/// <summary>A value handed to a step; a positional one has no name.</summary>
internal sealed record Argument(Identifier? Name, Value Value, SourceSpan Span);

/// <summary>
/// The part of a scenario that a step stands in: the set-up, the tasks from 0 on, or what comes after them.
/// </summary>
internal static class StepBlock
{
    public const int Setup = -1;
    public const int Finally = -2;

    /// <summary>More tasks have more schedules than a search can run.</summary>
    public const int MaxTasks = 4;

    internal const string FinallyLabel = "finally";

    /// <summary>P0, P1, ..., finally: what can begin a block.</summary>
    internal static readonly IReadOnlyList<string> Labels = MakeLabels();

    private static string[] MakeLabels()
    {
        var labels = new string[MaxTasks + 1];
        for (var task = 0; task < MaxTasks; task++)
            labels[task] = NameOf(task);
        labels[MaxTasks] = FinallyLabel;
        return labels;
    }

    /// <summary>As the scenario writes it in front of the colon.</summary>
    public static string NameOf(int block) =>
        block switch
        {
            Setup => "the set-up",
            Finally => FinallyLabel,
            _ => string.Create(CultureInfo.InvariantCulture, $"P{block}"),
        };

    public static bool IsTask(int block) => block >= 0;

    internal static int? Find(string label) =>
        label == FinallyLabel ? Finally
        : Labels.ToList().IndexOf(label) is >= 0 and var task ? task
        : null;
}

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
internal sealed record Outcome(
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
internal enum OutcomeKind
{
    /// <summary>The call succeeds.</summary>
    Ok,

    /// <summary>The call returns an errno.</summary>
    Errno,

    /// <summary>The task dies in the kernel.</summary>
    Killed,
}

/// <summary>field=value: what a field holds afterwards.</summary>
internal sealed record FieldExpectation(Identifier Name, Value Value, SourceSpan Span);

/// <summary>
/// reads NAME{field=value, ...}: what the memory behind an argument or an earlier result holds.
/// </summary>
internal sealed record MemoryExpectation(Identifier Name, IReadOnlyList<FieldExpectation> Fields, SourceSpan Span);

/// <summary>KIND [SELECTORS]: fact [, fact]*: what is stated of all schedules of an exploration.</summary>
/// <param name="Kind">Of how many schedules it speaks.</param>
/// <param name="Selectors">The kernels it holds for; empty for every kernel.</param>
/// <param name="Facts">What one schedule shows; all of them together.</param>
/// <param name="Span">The whole line.</param>
internal sealed record Clause(
    ClauseKind Kind,
    IReadOnlyList<KernelSelector> Selectors,
    IReadOnlyList<ClauseFact> Facts,
    SourceSpan Span
);

/// <summary>Of how many schedules a clause speaks.</summary>
internal enum ClauseKind
{
    /// <summary>No schedule shows the facts.</summary>
    Never,

    /// <summary>At least one does.</summary>
    Sometimes,

    /// <summary>All of them do.</summary>
    Always,
}

/// <summary>What one schedule shows.</summary>
internal abstract record ClauseFact
{
    /// <summary>The set of facts is closed: a pass may switch over all of them.</summary>
    private protected ClauseFact(SourceSpan span) => Span = span;

    public SourceSpan Span { get; init; }
}

/// <summary>report "title": such a report, or a broken invariant of that title, appears.</summary>
internal sealed record ReportFact(StringValue Title, SourceSpan Span) : ClauseFact(Span);

/// <summary>killed: some task dies in the kernel.</summary>
internal sealed record KilledFact(SourceSpan Span) : ClauseFact(Span);

/// <summary>BLOCK.STEP = RESULT: a step of a task ends so.</summary>
/// <param name="Step">The block and the step's name or verb, still to be resolved.</param>
/// <param name="Kind">How it ends.</param>
/// <param name="Result">The result word.</param>
internal sealed record ResultFact(Identifier Step, OutcomeKind Kind, Identifier Result, SourceSpan Span)
    : ClauseFact(Span);
