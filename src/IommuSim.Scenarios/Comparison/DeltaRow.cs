namespace IommuSim.Scenarios.Comparison;

/// <summary>One row of a kernel's tables that differs from its parent's.</summary>
/// <param name="Table">Which table.</param>
/// <param name="Row">The row's name.</param>
/// <param name="Before">What the parent has; empty where the row is new.</param>
/// <param name="After">What the kernel has; empty where the row is gone.</param>
public sealed record DeltaRow(string Table, string Row, string Before, string After);
