using System.Text;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Scenarios.Tests.Binding;
using IommuSim.Testing;

namespace IommuSim.Scenarios.Tests.Running;

/// <summary>The traces of the examples, pinned as a reader sees them.</summary>
public sealed class TraceTests
{
    private const string Folder = "tests/IommuSim.Scenarios.Tests/Running/Golden";

    [Theory]
    [InlineData(Examples.HwptAllocRows)]
    [InlineData(Examples.StructContract)]
    [InlineData(Examples.HwInfoBuffers)]
    public void Run_Example_PrintsTheGoldenTrace(string text)
    {
        var scenario = Suite.Load(text);
        var trace = new StringBuilder();
        foreach (var kernel in scenario.Kernels)
        {
            var options = new RunOptions(Trace: true);
            var run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default, options);
            trace.Append(kernel).Append(", choices ").Append(run.Replay).Append('\n');
            foreach (var step in run.Steps)
                trace.Append("  ").Append(step.Trace).Append('\n');
        }

        GoldenFile.Check($"{Folder}/{scenario.Name}.trace", trace.ToString());
    }
}
