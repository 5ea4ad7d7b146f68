namespace IommuSim.Cli.Json;

/// <summary>A scenario's header, and its steps' verbs.</summary>
internal sealed record ShowScenarioJson(
    string Name,
    string Question,
    string Why,
    string Source,
    string File,
    IReadOnlyList<string> Kernels,
    IReadOnlyList<ShowScenarioJson.StepJson> Steps
)
{
    internal sealed record StepJson(int Line, string Verb, string? Result);
}
