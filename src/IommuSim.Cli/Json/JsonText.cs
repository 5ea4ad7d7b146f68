using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Cli.Json;

/// <summary>
/// What the documents of <c>--format json</c> share. Documents are built as nodes: reflection would double the
/// time that a small command takes to start.
/// </summary>
internal static class JsonText
{
    /// <summary>The output is not pasted into web pages: '+' and quotes stay readable.</summary>
    private static readonly JsonSerializerOptions s_readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(JsonNode document) => document.ToJsonString(s_readable);

    public static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> entry) => new([.. items.Select(entry)]);

    public static JsonArray List(IEnumerable<string> items) => List(items, static item => item);

    /// <summary>Null for a text that says nothing.</summary>
    public static string? OrNull(string text) => text.Length == 0 ? null : text;

    public static double Seconds(TimeSpan elapsed) => Math.Round(elapsed.TotalSeconds, 3);

    /// <summary>The reports of the kernel's checkers.</summary>
    public static JsonArray Reports(IEnumerable<KernelReport> reports) =>
        List(
            reports,
            static report => new JsonObject
            {
                ["title"] = report.Title,
                ["function"] = report.Function,
                ["detail"] = report.Detail,
                ["task"] = report.Task,
                ["fatal"] = report.Fatal,
            }
        );

    /// <summary>A system call: <c>OK</c>, an errno name or <c>killed</c>, and what was reported meanwhile.</summary>
    public static JsonObject Call(string call, CallProbe probe) =>
        new()
        {
            ["call"] = call,
            ["result"] = probe.Result.ToString(),
            ["reports"] = Reports(probe.Reports),
        };

    /// <summary>The build switches by their names on the command line.</summary>
    public static JsonObject Build(BuildSwitches build) =>
        new()
        {
            ["configIommufdTest"] = build.IommufdTest ? "y" : "n",
            ["configIommufdNoiommu"] = build.IommufdNoiommu ? "y" : "n",
            ["stack"] = build.ZeroedStack ? "zero" : "garbage",
            ["gcc"] = build.Optimized ? "O2" : "O0",
        };

    /// <summary>What a design costs to extend.</summary>
    public static JsonObject Design(IEnumerable<string> kernels, DesignCost cost) =>
        new()
        {
            ["kernels"] = List(kernels),
            ["knowledge"] = cost.Knowledge,
            ["perDriver"] = cost.PerDriver,
            ["perType"] = cost.PerType,
            ["largestType"] = cost.LargestType,
            ["overflow"] = cost.Overflow,
        };
}
