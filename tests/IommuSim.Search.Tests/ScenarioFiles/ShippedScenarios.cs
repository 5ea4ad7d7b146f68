using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Testing;

namespace IommuSim.Search.Tests.ScenarioFiles;

/// <summary>The scenarios of the repository, loaded once for all tests.</summary>
internal static class ShippedScenarios
{
    public const string Folder = "scenarios";

    private static readonly Lazy<SuiteLoad> s_load = new(() =>
        ScenarioSuite.Load([RepositoryRoot.Combine(Folder)], KernelCatalog.Default)
    );

    public static SuiteLoad Load => s_load.Value;

    /// <summary>The path below <see cref="Folder"/>, with '/' on every system: <c>bugs/b01.scenario</c>.</summary>
    public static string PathOf(BoundScenario scenario) =>
        Path.GetRelativePath(RepositoryRoot.Combine(Folder), scenario.Path).Replace('\\', '/');

    public static BoundScenario Find(string path) => Load.Scenarios.Single(s => PathOf(s) == path);
}
