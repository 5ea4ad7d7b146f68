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
public sealed record Scenario(
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
    /// <summary>What is stated of all schedules; only in an exploration.</summary>
    public IReadOnlyList<Clause> Clauses { get; init; } = [];

    /// <summary>How many tasks run at once; 0 for a straight scenario.</summary>
    public int TaskCount { get; } = Steps.Count == 0 ? 0 : Math.Max(0, Steps.Max(s => s.Block) + 1);
}

/// <summary>A kernel, and with '+' also everything built on it.</summary>
public sealed record KernelSelector(string Name, bool AndDescendants, SourceSpan Span)
{
    public override string ToString() => AndDescendants ? Name + "+" : Name;
}

/// <summary>KEY=VALUE: a build switch or a property of a device.</summary>
public sealed record Setting(Identifier Key, Value Value, SourceSpan Span);

/// <summary>device NAME: DRIVER [key=value ...]</summary>
public sealed record DeviceDeclaration(
    Identifier Name,
    Identifier Driver,
    IReadOnlyList<Setting> Settings,
    SourceSpan Span
);
