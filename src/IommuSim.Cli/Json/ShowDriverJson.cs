namespace IommuSim.Cli.Json;

/// <summary>A driver, once for each kernel that changes it.</summary>
internal sealed record ShowDriverJson(string Name, IReadOnlyList<DriverJson> States);
