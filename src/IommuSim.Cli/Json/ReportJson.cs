using IommuSim.Machine.Reports;

namespace IommuSim.Cli.Json;

/// <summary>A report of the kernel's checkers.</summary>
internal sealed record ReportJson(string Title, string Function, string Detail, string Task, bool Fatal)
{
    public static IReadOnlyList<ReportJson> Of(IEnumerable<KernelReport> reports) =>
        [.. reports.Select(r => new ReportJson(r.Title, r.Function, r.Detail, r.Task, r.Fatal))];
}
