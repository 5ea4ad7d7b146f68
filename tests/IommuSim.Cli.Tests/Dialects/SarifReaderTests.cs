using System.Text;
using System.Text.Json;
using IommuSim.Cli.Dialects;
using Json.Schema;
using Microsoft.CodeAnalysis.Sarif;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>SARIF by its schema, and by Microsoft's library for it, which has the schema.</summary>
public sealed class SarifReaderTests
{
    private static readonly JsonSchema s_schema = LoadSchema();

    [Fact]
    public void Schema_TheSampleAndAllScenarios_AreValid()
    {
        AssertValid(DialectSample.In(Format.Sarif));
        AssertValid(Cli.Run("run", Cli.Input("fails.scenario"), "--format", "sarif").Output);
        AssertValid(Cli.Run("run", "scenarios", "--format", "sarif").Output);
    }

    /// <summary>The schema is strict enough to find what a writer gets wrong.</summary>
    [Fact]
    public void Schema_LineZero_IsNotValid()
    {
        var log = DialectSample
            .In(Format.Sarif)
            .Replace("\"startLine\": 7", "\"startLine\": 0", StringComparison.Ordinal);
        Assert.Contains("startLine", Errors(log), StringComparison.Ordinal);
    }

    [Fact]
    public void Sdk_ReadsTheSample_RulesPlacesAndMessages()
    {
        var run = Assert.Single(Read(DialectSample.In(Format.Sarif)).Runs);
        var results = run.Results;

        Assert.Equal("iommusim", run.Tool.Driver.Name);
        Assert.StartsWith("1.0.0", run.Tool.Driver.Version, StringComparison.Ordinal);
        Assert.Equal(
            ["scenario/outcome", "report/kasan-slab-use-after-free", "scenario/outcome"],
            results.Select(r => r.GetRule(run).Id)
        );
        Assert.All(results, r => Assert.Equal(FailureLevel.Error, r.Level));
        Assert.Equal(
            $"mixed: v1/12,gcc=O0: #2: not as stated: {DialectSample.Odd}",
            results[0].Message.Text.Split('\n')[0]
        );
        Assert.EndsWith("\nreplay: g:1,2", results[0].Message.Text, StringComparison.Ordinal);

        var place = results[0].Locations[0].PhysicalLocation;
        Assert.Equal(
            ("folder, with: odd #names/100%.scenario", 7),
            (Uri.UnescapeDataString(place.ArtifactLocation.Uri.OriginalString), place.Region.StartLine)
        );
        Assert.Equal(
            "file:///src/linux/drivers/iommu/iommufd/eventq.c",
            results[1].Locations[0].PhysicalLocation.ArtifactLocation.Uri.AbsoluteUri
        );
        Assert.Empty(results[2].Locations);

        var notes = run.Invocations[0].ToolExecutionNotifications.Select(n => n.Message.Text);
        Assert.Equal(
            ["mixed: linux-6.8 was not run: the kernel has no driver 'x'", "skipped: linux-6.8 was not run: not asked"],
            notes
        );
    }

    [Theory]
    [InlineData("scenario/outcome", 13, "tests/IommuSim.Cli.Tests/Inputs/fails.scenario", "v1/07")]
    [InlineData("scenario/outcome", 12, "scenarios/explore/nested-alloc-against-destroy.scenario", "base")]
    [InlineData("scenario/schedules", 1, "scenarios/explore/attach-against-attach.scenario", "v1/08")]
    [InlineData("scenario/end", 1, "scenarios/bugs/p12-a-pasid-in-use-is-eexist.scenario", "linux-7.3")]
    [InlineData("scenario/not-made", 1, "scenarios/bugs/b19-data-for-a-driver-that-takes-none.scenario", "v1/08")]
    [InlineData("scenario/not-made", 1, "scenarios/explore/attach-against-detach.scenario", "linux-6.17")]
    public void Run_EveryKindOfFailure_HasItsRuleAndPlace(string rule, int line, string file, string kernel)
    {
        var run = Cli.Run("run", file, "--kernel", kernel, "--format", "sarif");
        var result = Assert.Single(Read(run.Output).Runs[0].Results);
        var place = result.Locations[0].PhysicalLocation;

        Assert.Equal(ExitCode.DoesNotHold, run.Exit);
        Assert.Equal(
            (rule, file, line),
            (result.RuleId, place.ArtifactLocation.Uri.OriginalString, place.Region.StartLine)
        );
    }

    [Fact]
    public void Fingerprint_LineAndMessageChange_Stays()
    {
        var first = Finding("scenario/outcome", "is", 7);

        Assert.Equal(first, Finding("scenario/outcome", "was", 9));
        Assert.NotEqual(first, Finding("scenario/end", "is", 7));
    }

    private static string Finding(string rule, string message, int line)
    {
        var failed = new DialectCase("linux-7.3", DialectOutcome.Fail)
        {
            Rule = new DialectRule(rule, "Something."),
            Message = message,
            File = "a.scenario",
            Line = line,
        };
        var report = new DialectReport("run", [new DialectSuite("a", [failed])]);
        var result = Assert.Single(Read(DialectSample.In(Format.Sarif, report)).Runs[0].Results);
        return Assert.Single(result.PartialFingerprints).Value;
    }

    internal static SarifLog Read(string text) => SarifLog.Load(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    internal static void AssertValid(string log) => Assert.Equal("", Errors(log));

    /// <summary>Empty for a valid log.</summary>
    private static string Errors(string log)
    {
        var options = new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
        var result = s_schema.Evaluate(JsonDocument.Parse(log).RootElement, options);
        if (result.IsValid)
            return "";
        var errors =
            from detail in result.Details!
            from error in detail.Errors ?? []
            select $"{detail.InstanceLocation}: {error.Value}";
        return string.Join('\n', errors);
    }

    private static JsonSchema LoadSchema()
    {
        using var stream = typeof(SarifReaderTests).Assembly.GetManifestResourceStream("sarif-2.1.0.json")!;
        return JsonSchema.FromText(new StreamReader(stream).ReadToEnd());
    }
}
