namespace IommuSim.Scenarios.Language;

/// <summary>What became of a file: a scenario, or the errors that keep it from being one.</summary>
/// <param name="Source">The file, for later passes to report against.</param>
/// <param name="Scenario">Null exactly when there are diagnostics.</param>
/// <param name="Diagnostics">All errors of the file, in the order of their places.</param>
public sealed record ScenarioParseResult(SourceText Source, Scenario? Scenario, IReadOnlyList<Diagnostic> Diagnostics);
