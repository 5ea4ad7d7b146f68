using System.Reflection;
using IommuSim.Scenarios.Binding;
using IommuSim.Search.Searches;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace IommuSim.TestKit;

/// <summary>
/// Rows of a theory: every scenario of a file, or of the files below a folder, on every kernel that it names.
/// </summary>
/// <example>
/// <code>
/// [Theory, ScenarioFiles("scenarios")]
/// public void Scenario(ScenarioCase row) => row.AssertHolds();
/// </code>
/// </example>
/// <param name="path">Relative to the folder of the tests' assembly.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ScenarioFilesAttribute(string path) : DataAttribute
{
    /// <summary>From the tests' assembly.</summary>
    public string Path { get; } = path;

    /// <summary>
    /// As for <see cref="SimulatedKernel.Boot"/>, in place of those that the scenarios name; a kernel made of C gets
    /// the scenarios of the release that it is.
    /// </summary>
    public string? Kernel { get; set; }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">A file or the kernel is wrong; what and where.</exception>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod,
        DisposalTracker disposalTracker
    )
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        var folder = System.IO.Path.GetDirectoryName(testMethod.Module.Assembly.Location)!;
        var rows = ScenarioCase.Load(System.IO.Path.Combine(folder, Path), Kernel);
        return new([.. rows.Select(row => new TheoryDataRow<ScenarioCase>(row))]);
    }

    /// <inheritdoc />
    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>A scenario on one kernel.</summary>
public sealed class ScenarioCase : IXunitSerializable
{
    private string _file = "";

    /// <summary>For xunit, which then calls <see cref="Deserialize"/>.</summary>
    public ScenarioCase() { }

    private ScenarioCase(string file, string name, string kernel)
    {
        _file = file;
        Name = name;
        Kernel = kernel;
    }

    /// <summary>The scenario's name.</summary>
    public string Name { get; private set; } = "";

    /// <summary>As for <see cref="SimulatedKernel.Boot"/>.</summary>
    public string Kernel { get; private set; } = "";

    /// <summary>Runs the scenario; one with tasks under every schedule with at most two preemptions.</summary>
    /// <returns>What does not hold, with the line of the file; null where all does.</returns>
    public string? Judge()
    {
        var chosen = ChosenKernel.Of(Kernel, []);
        var scenario = ScenarioSuite.Load([_file], chosen.Catalog).Scenarios.Single(s => s.Name == Name);
        return ScenarioVerdict.Run(scenario, chosen.Node, chosen.Catalog).Failure;
    }

    /// <summary>Fails the test where the scenario does not hold.</summary>
    /// <exception cref="InvalidOperationException">What does not hold, with the line of the file.</exception>
    public void AssertHolds()
    {
        if (Judge() is { } failure)
            throw new InvalidOperationException(failure);
    }

    /// <inheritdoc />
    public override string ToString() => $"{Name} on {Kernel}";

    /// <inheritdoc />
    public void Serialize(IXunitSerializationInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        info.AddValue("file", _file);
        info.AddValue("name", Name);
        info.AddValue("kernel", Kernel);
    }

    /// <inheritdoc />
    public void Deserialize(IXunitSerializationInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        _file = info.GetValue<string>("file")!;
        Name = info.GetValue<string>("name")!;
        Kernel = info.GetValue<string>("kernel")!;
    }

    internal static IReadOnlyList<ScenarioCase> Load(string path, string? kernel)
    {
        var chosen = kernel is null ? null : ChosenKernel.Of(kernel, []);
        var catalog = chosen?.Catalog ?? Scenarios.Catalog.KernelCatalog.Default;
        var load = ScenarioSuite.Load([path], catalog);
        if (load.Errors.Count > 0)
            throw new ArgumentException(string.Concat(load.Errors), nameof(path));
        return
        [
            .. load.Scenarios.SelectMany(s =>
                chosen is null ? s.Kernels.Select(k => new ScenarioCase(s.Path, s.Name, k.Name))
                : s.Kernels.Contains(chosen.Node.StandsFor ?? chosen.Node) ? [new ScenarioCase(s.Path, s.Name, kernel!)]
                : Enumerable.Empty<ScenarioCase>()
            ),
        ];
    }
}
