using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Linux 7.3.4's own C, in the file that IOMMUSIM_KERNEL_73 names; tests without one are skipped.</summary>
internal static class SourceKernel
{
    private const string Variable = "IOMMUSIM_KERNEL_73";

    public static SearchTarget Target()
    {
        var path = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(File.Exists(path), $"{Variable} names no kernel made by 'iommusim build'");
        var catalog = KernelCatalog.Default;
        Assert.True(catalog.TryFind(path!, out var node, out var error), error);
        return new SearchTarget(node, catalog);
    }

    public static SequenceExecutor Executor() => new(Target(), IoctlTopics.Contracts);
}
