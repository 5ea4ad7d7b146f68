using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IommuSim.Cli.Json;

namespace IommuSim.Cli.Dialects;

/// <summary>
/// SARIF 2.1.0, of OASIS: what fails is a result, a skipped case a notification of the run. What holds is left out, for
/// GitHub takes every result for an alert.
/// </summary>
internal static class SarifDialect
{
    private const string Schema =
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    /// <summary>The name says how the value is made, and changes when that does.</summary>
    private const string Fingerprint = "ruleSuiteCase/v1";

    public static void Write(DialectReport report, TextWriter output) =>
        output.Write(
            JsonText.Write(
                new JsonObject
                {
                    ["$schema"] = Schema,
                    ["version"] = "2.1.0",
                    ["runs"] = new JsonArray(Run(report)),
                }
            ) + "\n"
        );

    private static JsonObject Run(DialectReport report)
    {
        var rules = report
            .Cases.Select(c => c.Rule)
            .OfType<DialectRule>()
            .DistinctBy(rule => rule.Id, StringComparer.Ordinal)
            .ToList();
        return new JsonObject
        {
            ["tool"] = new JsonObject { ["driver"] = Driver(rules) },
            ["invocations"] = new JsonArray(
                new JsonObject
                {
                    ["executionSuccessful"] = true,
                    ["toolExecutionNotifications"] = JsonText.List(
                        With(DialectOutcome.Skip),
                        x => Notification(x.Suite, x.Case)
                    ),
                }
            ),
            ["results"] = JsonText.List(With(DialectOutcome.Fail), x => Result(x.Suite, x.Case, rules)),
            ["columnKind"] = "utf16CodeUnits",
        };

        IEnumerable<(DialectSuite Suite, DialectCase Case)> With(DialectOutcome outcome) =>
            report.Suites.SelectMany(suite => suite.Cases.Where(c => c.Outcome == outcome).Select(c => (suite, c)));
    }

    private static JsonObject Driver(IReadOnlyList<DialectRule> rules) =>
        new()
        {
            ["name"] = "iommusim",
            ["version"] = ToolVersion(),
            ["rules"] = JsonText.List(
                rules,
                static rule => new JsonObject
                {
                    ["id"] = rule.Id,
                    ["shortDescription"] = Text(rule.Description),
                    ["defaultConfiguration"] = new JsonObject { ["level"] = "error" },
                }
            ),
        };

    private static JsonObject Notification(DialectSuite suite, DialectCase @case) =>
        new()
        {
            ["level"] = "note",
            ["message"] = Text($"{suite.Name}: {@case.Name} was not run: {@case.Message}"),
            ["locations"] = Locations(@case),
        };

    private static JsonObject Result(DialectSuite suite, DialectCase @case, List<DialectRule> rules)
    {
        var rule = @case.Rule ?? throw new InvalidOperationException($"{suite.Name}: {@case.Name} breaks no rule");
        return new JsonObject
        {
            ["ruleId"] = rule.Id,
            ["ruleIndex"] = rules.FindIndex(r => r.Id == rule.Id),
            ["level"] = "error",
            ["message"] = Text(
                string.Join('\n', @case.Explanation.Prepend($"{suite.Name}: {@case.Name}: {@case.Message}"))
            ),
            ["locations"] = Locations(@case),
            ["partialFingerprints"] = new JsonObject { [Fingerprint] = FingerprintOf(rule, suite, @case) },
            ["properties"] = Properties(suite, @case),
        };
    }

    private static JsonObject Properties(DialectSuite suite, DialectCase @case)
    {
        var properties = new JsonObject { ["suite"] = suite.Name, ["case"] = @case.Name };
        if (@case.Replay.Length > 0)
            properties["replay"] = @case.Replay;
        return properties;
    }

    private static JsonArray Locations(DialectCase @case)
    {
        if (@case.File is null)
            return [];
        var place = new JsonObject { ["artifactLocation"] = new JsonObject { ["uri"] = UriOf(@case.File) } };
        if (@case.Line is { } line)
            place["region"] = new JsonObject { ["startLine"] = line };
        return [new JsonObject { ["physicalLocation"] = place }];
    }

    private static JsonObject Text(string text) => new() { ["text"] = text };

    /// <summary>Relative paths stay so: a viewer looks for them below the folder of the source.</summary>
    private static string UriOf(string path) =>
        Path.IsPathRooted(path)
            ? new Uri(path).AbsoluteUri
            : string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>
    /// The same for the same finding of a later run, wherever its line has moved and whatever its message says.
    /// </summary>
    private static string FingerprintOf(DialectRule rule, DialectSuite suite, DialectCase @case)
    {
        var text = string.Join('\n', rule.Id, suite.Name, @case.Name);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static string ToolVersion() =>
        typeof(SarifDialect).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
