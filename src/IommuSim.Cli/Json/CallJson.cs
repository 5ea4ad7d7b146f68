using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>
/// A system call: <c>OK</c>, an errno name or <c>killed</c>, and what was reported meanwhile.
/// </summary>
internal sealed record CallJson(string Call, string Result, IReadOnlyList<ReportJson> Reports)
{
    public static CallJson Of(string call, CallProbe probe) =>
        new(call, probe.Result.ToString(), ReportJson.Of(probe.Reports));
}
