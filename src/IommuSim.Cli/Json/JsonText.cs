using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IommuSim.Cli.Json;

/// <summary>
/// Every document of <c>--format json</c>. Generated at build time: reflection would double the
/// time that a small command takes to start.
/// </summary>
[JsonSerializable(typeof(CompareJson))]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(ExploreJson))]
[JsonSerializable(typeof(ExploreJson.ScheduleEntry))]
[JsonSerializable(typeof(SweepJson))]
[JsonSerializable(typeof(HuntJson))]
[JsonSerializable(typeof(IReadOnlyList<KernelJson>))]
[JsonSerializable(typeof(IReadOnlyList<DriverJson>))]
[JsonSerializable(typeof(IReadOnlyList<IoctlJson>))]
[JsonSerializable(typeof(ShowKernelJson))]
[JsonSerializable(typeof(ShowDriverJson))]
[JsonSerializable(typeof(ShowScenarioJson))]
internal sealed partial class JsonText : JsonSerializerContext
{
    /// <summary>Nobody pastes our answers into a web page: '+' and quotes stay readable.</summary>
    public static JsonText Readable { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
                WriteIndented = true,
                NewLine = "\n",
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
