using System.Runtime.Loader;
using System.Text.Json.Nodes;

namespace IommuSim.Cli.Tests;

/// <summary><c>bench</c>, and that other commands do without what it is made of. Times are never judged.</summary>
public sealed class BenchTests
{
    private static readonly string[] s_always = ["length op (v2)", "type to driver (v3+)"];

    [Fact]
    public void Bench_ShippedDrivers_TimesWhatCanExpressThem()
    {
        var answer = Json("--job", "dry");
        Assert.Equal("dry", (string)answer["job"]!);
        Assert.Contains(answer["drivers"]!.AsArray(), driver => (string)driver!["name"]! == "intel-vtd");
        Assert.Equal(["array, checked", "ops->hwpt_type", .. s_always], Possible(answer));
        foreach (var design in answer["designs"]!.AsArray())
        {
            var isPossible = (bool)design!["possible"]!;
            Assert.Equal(isPossible, design["nsInTurn"] is not null);
            Assert.Equal(isPossible, design["nsRandom"] is not null);
            Assert.Equal(isPossible, design["bytes"] is not null);
            Assert.Equal(isPossible, design["cannotExpress"]!.AsArray().Count == 0);
        }
    }

    [Theory]
    [InlineData("{name: a, driver_type: 7, types: [{type: 7}]}", 7)]
    [InlineData("{name: a, driver_type: 7, hwpt_types: 0x81}", 6, "BIT_ULL(driver_type)")]
    [InlineData("{name: a, driver_type: 7, types: [{type: 8}]}", 6, "BIT_ULL(driver_type)")]
    [InlineData(
        "{name: a, driver_type: 7, types: [{type: 8}, {type: 9}]}",
        5,
        "BIT_ULL(driver_type)",
        "ops->hwpt_type"
    )]
    [InlineData(
        "{name: a, driver_type: 7, types: [{type: 64}]}",
        3,
        "array, unchecked",
        "array, checked",
        "BIT_ULL(driver_type)",
        "ops->hwpt_types"
    )]
    [InlineData(
        "{name: a, driver_type: 8192, types: [{type: 8}]}",
        4,
        "array, unchecked",
        "array, checked",
        "BIT_ULL(driver_type)"
    )]
    [InlineData(
        "[{name: a, driver_type: 7, types: [{type: 7}]}, {name: b, driver_type: 7, types: [{type: 8}]}]",
        4,
        "array, unchecked",
        "array, checked",
        "BIT_ULL(driver_type)"
    )]
    public void Bench_TableOfAFile_NamesWhatCannotExpressIt(string drivers, int possible, params string[] not)
    {
        using var scratch = new CampaignFolder();
        var answer = Json("--job", "dry", "--drivers", Written(scratch, "table.yaml", drivers));
        Assert.Equal(possible, Possible(answer).Length);
        Assert.Equal(not, NamesOf(answer, isPossible: false));
    }

    [Fact]
    public void Bench_Text_HasARowForEachDesignAndSaysWhy()
    {
        using var scratch = new CampaignFolder();
        var file = Written(scratch, "table.yaml", "{name: acme, driver_type: 5000, types: [{type: 3}, {type: 4}]}");
        var run = Cli.Run("bench", "--job", "dry", "--drivers", file, "--out", scratch["out"]);
        Assert.Equal((ExitCode.Holds, ""), (run.Exit, run.Error));
        var lines = run.Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("array, checked        ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("ops->hwpt_type        not possible", StringComparison.Ordinal));
        Assert.Contains("ops->hwpt_type        acme    2 types, and one number for them", lines);
        Assert.Contains("BIT_ULL(driver_type)  acme    its number 0x1388 is too large for a bit", lines);
        var bytes = lines.First(line => line.StartsWith("array, unchecked", StringComparison.Ordinal));
        Assert.EndsWith("40,008", bytes);

        string[] expected = ["bench.html", "bench.json", "bench.md"];
        Assert.Equal(expected, NamesIn(scratch["out"]));
        Assert.Equal([".csv", ".html", ".md"], NamesIn(scratch["out/results"]).Select(Path.GetExtension).Order());
        Assert.StartsWith("{", File.ReadAllText(scratch["out/bench.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_BadInput_IsOneSentence()
    {
        using var scratch = new CampaignFolder();
        var bad = Written(scratch, "bad.yaml", "{name: acme}");
        Refuses($"{bad}:1:1: error: 'driver_type' is missing; write 'driver_type: NUMBER'\n", "--drivers", bad);
        Refuses("iommusim: --job 'long': expected dry, short or medium\n", "--job", "long");
        Refuses(
            $"iommusim: The file '{bad}' already exists.\n",
            "--job",
            "dry",
            "--drivers",
            Cli.Input("extra-driver.yaml"),
            "--out",
            bad
        );
    }

    [Fact]
    public void Kernels_LoadsNoBenchmarkDotNet()
    {
        var path = typeof(CommandLine).Assembly.Location;
        var context = new Alone(path);
        var command = context.LoadFromAssemblyPath(path);
        var settings = Activator.CreateInstance(
            command.GetType(typeof(ConsoleSettings).FullName!)!,
            80,
            false,
            false,
            TimeProvider.System
        );
        var output = new StringWriter();
        var run = command.GetType(typeof(CommandLine).FullName!)!.GetMethod(nameof(CommandLine.Run))!;
        Assert.Equal(0, run.Invoke(null, [new[] { "kernels" }, output, output, settings]));
        var loaded = context.Assemblies.Select(assembly => assembly.GetName().Name).ToArray();
        Assert.Contains("IommuSim.Kernels", loaded);
        Assert.DoesNotContain("IommuSim.Bench", loaded);
        Assert.DoesNotContain("BenchmarkDotNet", loaded);
    }

    private static void Refuses(string sentence, params string[] words)
    {
        var run = Cli.Run(["bench", .. words]);
        Assert.Equal((ExitCode.BadInput, "", sentence), (run.Exit, run.Output, run.Error));
    }

    private static string Written(CampaignFolder folder, string name, string text)
    {
        File.WriteAllText(folder[name], text);
        return folder[name];
    }

    private static JsonNode Json(params string[] words)
    {
        var run = Cli.Run(["bench", "--format", "json", .. words]);
        Assert.Equal((ExitCode.Holds, ""), (run.Exit, run.Error));
        return JsonNode.Parse(run.Output)!;
    }

    private static string[] Possible(JsonNode answer) => NamesOf(answer, isPossible: true);

    private static string[] NamesOf(JsonNode answer, bool isPossible) =>
        [
            .. answer["designs"]!
                .AsArray()
                .Where(design => (bool)design!["possible"]! == isPossible)
                .Select(design => (string)design!["name"]!),
        ];

    private static string[] NamesIn(string folder) =>
        [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>The command with assemblies of its own.</summary>
    private sealed class Alone(string path) : AssemblyLoadContext("alone")
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override System.Reflection.Assembly? Load(System.Reflection.AssemblyName name) =>
            _resolver.ResolveAssemblyToPath(name) is { } file ? LoadFromAssemblyPath(file) : null;
    }
}
