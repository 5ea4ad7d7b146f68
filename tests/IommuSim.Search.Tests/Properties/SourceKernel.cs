using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Properties;

/// <summary>
/// Linux's own C, in the file that a variable names; tests without one are skipped. .ci/run sets IOMMUSIM_KERNEL_73 to
/// that of 7.3.4 and IOMMUSIM_KERNEL_612 to that of 6.12.117.
/// </summary>
internal static class SourceKernel
{
    public const string Linux73 = "IOMMUSIM_KERNEL_73";
    public const string Linux612 = "IOMMUSIM_KERNEL_612";

    public static SearchTarget Target(string variable = Linux73)
    {
        var path = Environment.GetEnvironmentVariable(variable);
        Assert.SkipUnless(File.Exists(path), $"{variable} names no kernel made by 'iommusim build'");
        var catalog = KernelCatalog.Default;
        Assert.True(catalog.TryFind(path!, out var node, out var error), error);
        return new SearchTarget(node, catalog);
    }

    public static SequenceExecutor Executor() => new(Target(), IoctlTopics.Contracts);
}
