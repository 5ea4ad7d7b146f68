using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;

namespace IommuSim.Testing.Scenarios;

/// <summary>Loads and runs what a test writes down.</summary>
public static class Suite
{
    /// <summary>Headers on lines 1 to 5, one device on line 6, and "steps:" on line 7.</summary>
    public static string Steps(string steps, string kernels = "linux-6.8") =>
        $"name: n\nquestion: q\nwhy: w\nsource: s\nkernels: {kernels}\n" + $"device dev0: mock\nsteps:\n{steps}\n";

    /// <summary>The same headers, other lines in place of the kernels and devices.</summary>
    public static string Headers(string headers) => $"name: n\nquestion: q\nwhy: w\nsource: s\n{headers}\nsteps:\n";

    public static BoundScenario Load(string text, KernelCatalog? catalog = null)
    {
        var load = ScenarioSuite.LoadText("t.scenario", text, catalog ?? KernelCatalog.Default);
        Assert.True(load.Errors.Count == 0, string.Concat(load.Errors));
        return Assert.Single(load.Scenarios);
    }

    public static IReadOnlyList<string> Errors(string text, KernelCatalog? catalog = null)
    {
        var load = ScenarioSuite.LoadText("t.scenario", text, catalog ?? KernelCatalog.Default);
        Assert.NotEmpty(load.Errors);
        Assert.Empty(load.Scenarios);
        return load.Errors;
    }

    public static ScenarioRun Run(
        string steps,
        string kernel = "linux-6.8",
        RunOptions? options = null,
        KernelCatalog? catalog = null
    )
    {
        catalog ??= KernelCatalog.Default;
        var scenario = Load(Steps(steps, kernel), catalog);
        return ScenarioRunner.Run(scenario, catalog.Find(kernel)!, catalog, options);
    }

    /// <summary>Runs and expects everything to hold.</summary>
    public static ScenarioRun Holds(string steps, string kernel = "linux-6.8")
    {
        var run = Run(steps, kernel, new RunOptions(Trace: true));
        Assert.True(run.Holds, run.Failure);
        return run;
    }

    /// <summary>Runs and answers the text of the failure.</summary>
    public static string Fails(string steps, string kernel = "linux-6.8", KernelCatalog? catalog = null)
    {
        var run = Run(steps, kernel, catalog: catalog);
        Assert.False(run.Holds);
        return run.Failure!;
    }

    /// <summary>The last step as it was sent.</summary>
    public static string TraceOfLast(string steps, string kernel = "linux-6.8") =>
        Run(steps, kernel, new RunOptions(Trace: true)).Steps[^1].Trace;

    /// <summary>The tree with kernels added that are wrong in ways the test knows.</summary>
    public static KernelCatalog With(params ImmutableArray<KernelNode> more) => new([.. KernelTree.All, .. more]);
}
