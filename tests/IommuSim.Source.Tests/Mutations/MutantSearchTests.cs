using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Search.Mutants;
using IommuSim.Source.Building;
using IommuSim.Source.Mutations;
using IommuSim.Source.Provided;
using IommuSim.Source.Reading;
using IommuSim.Source.Tests.Edits;
using IommuSim.Testing;

namespace IommuSim.Source.Tests.Mutations;

/// <summary>
/// The searches on three mutants of Linux itself. IOMMUSIM_TREE_73 names a source tree of Linux 7.3: its iommufd, its
/// mock driver and the core are what scenarios and sequences need, and no tree of our own has them.
/// </summary>
[Collection(EditedKernels.Collection)]
public sealed class MutantSearchTests
{
    private const string Variable = "IOMMUSIM_TREE_73";
    private const string Release = "7.3.4";

    /// <summary>The mapping keeps its reserved ranges: what is left behind is seen by the next map.</summary>
    private const string Seen = "the call of __iopt_remove_reserved_iova() is dropped";

    /// <summary>The lock comes too late for what asserts that it is held.</summary>
    private const string Unlocked = "down_write() comes after the call of __iopt_remove_reserved_iova()";

    /// <summary>0 is subtracted then, of one device.</summary>
    private const string Equivalent = "the condition is dropped, the branch always goes to line 916";

    [Fact]
    public async Task Search_OfKnownMutants_KillsWhatDiffersAndLeavesWhatIsEquivalent()
    {
        var tree = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(Directory.Exists(tree), $"{Variable} names no source tree of Linux 7.3");
        var cancel = TestContext.Current.CancellationToken;
        var outcome = await SourceBuild.CollectAsync(tree, new SourceBuildOptions(), null, cancel);
        var built = Assert.IsType<SourceBuildResult>(outcome);
        Assert.SkipUnless(built.Version == Release, $"{Variable} names Linux {built.Version}, not {Release}");
        var modules = built
            .Modules.Select(path => IrReader.Read(path, File.ReadAllText(path), built.TreeRoot))
            .ToArray();
        var places = modules.SelectMany(m => MutationSites.Of(m, MutationScope.Iommufd)).ToList();
        Mutation[] mutations =
        [
            Find(places, "iopt_remove_reserved_iova", Seen),
            Find(places, "iopt_remove_reserved_iova", Unlocked),
            Find(places, "iommufd_device_do_replace", Equivalent),
        ];
        var kernel = MutantKernel.Make(built.Version, modules, mutations, ProvidedTable.Instance);
        var catalog = KernelCatalog.Default;
        var folder = Path.Combine(RepositoryRoot.Path, "scenarios", "linux-7.3");
        var scenarios = ScenarioSuite
            .Load([folder], catalog)
            .Scenarios.Where(s => s.Name.Contains("replace", StringComparison.Ordinal));
        var budget = new MutantBudget(Drawn: 60, Compared: 20, Failed: 2, Schedules: 50);
        var search = new MutantSearch(kernel, catalog, scenarios, [], budget);
        var known = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            search.LookAtOriginal(known, "a test", static (_, _) => { });
            Assert.NotNull(search.Search(1).Kill);
            Assert.Contains(
                "__iopt_remove_reserved_iova",
                $"{search.Search(2).Kill?.Finding}",
                StringComparison.Ordinal
            );
            var left = search.Search(3);
            Assert.Null(left.Error);
            Assert.Null(left.Kill);
            Assert.NotEqual(0, left.Units);
        }
        finally
        {
            File.Delete(known);
        }
    }

    private static Mutation Find(List<Mutation> places, string function, string text) =>
        places.First(p => p.Place.Function == function && p.Text == text);
}
