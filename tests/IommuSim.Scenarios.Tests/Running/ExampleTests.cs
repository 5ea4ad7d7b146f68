using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Scenarios.Tests.Binding;

namespace IommuSim.Scenarios.Tests.Running;

public sealed class ExampleTests
{
    public static TheoryData<string> All => [Examples.HwptAllocRows, Examples.StructContract, Examples.HwInfoBuffers];

    [Theory]
    [MemberData(nameof(All))]
    public void Run_Example_HoldsOnEveryKernelItNames(string text)
    {
        var scenario = Suite.Load(text);
        foreach (var kernel in scenario.Kernels)
        {
            var run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default);
            Assert.True(run.Holds, run.Failure);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Run_ExampleOnEveryKernelOfTheTree_NeverThrows(string text)
    {
        var scenario = Suite.Load(text);
        foreach (var kernel in KernelCatalog.Default.Kernels)
        {
            var run = ScenarioRunner.Run(scenario, kernel, KernelCatalog.Default, new RunOptions(Trace: true));
            Assert.NotNull(run.Replay);
        }
    }
}
