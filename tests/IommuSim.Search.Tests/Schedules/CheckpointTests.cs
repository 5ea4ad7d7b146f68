using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.State;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Tests.Properties;
using IommuSim.Search.Tests.ScenarioFiles;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Tests.Schedules;

/// <summary>Programs on a kernel made of C that are put back to where they began in place of being made anew.</summary>
public sealed class CheckpointTests
{
    private const string Race =
        "ioas = IOMMU_IOAS_ALLOC\nidev = bind dev0\nhwpt = IOMMU_HWPT_ALLOC dev_id=idev pt_id=ioas\n"
        + "attach idev pt_id=hwpt\nP0:\nreplace idev pt_id=ioas\nP1:\nIOMMU_DESTROY id=hwpt\n";

    [Fact]
    public void Checkpoint_OfTwoPrograms_SharesNoObject()
    {
        var explored = Explored();
        using var one = explored.Start(races: null);
        using var other = explored.Start(races: null);
        AssertNothingShared(one, other);
    }

    [Fact]
    public void Checkpoint_OfTwoRaces_SharesNoObject()
    {
        var target = SourceKernel.Target();
        var one = RaceOf(target);
        var other = RaceOf(target);
        AssertNothingShared(one, other);
    }

    [Fact]
    public void Explore_ProgramThatIsPutBack_RunsAsOneThatIsMadeAnew()
    {
        var explored = Explored();
        using var restoring = new ScheduleExplorer();
        using var making = new ScheduleExplorer { Restores = false };
        var options = new ExploreOptions(PreemptionBound: 1, MaxSchedules: 60, RandomSchedules: 60);
        Assert.Equal(Runs(making, explored, options), Runs(restoring, explored, options));
    }

    private static List<string> Runs(ScheduleExplorer explorer, ExploredScenario explored, ExploreOptions options)
    {
        var runs = new List<string>();
        explorer.Explore(
            () => explored.Start(races: null),
            options,
            (program, e) =>
            {
                program.Close();
                var results = Enumerable.Range(0, explored.Scenario.Steps.Length).Select(program.ResultOf);
                var reports = program.Machine.Reports.Select(report => report.Render());
                runs.Add($"{e.LastSchedule()} {string.Join(' ', results)} {string.Join('\n', reports)}");
                return true;
            }
        );
        return runs;
    }

    private static ExploredScenario Explored()
    {
        var target = SourceKernel.Target();
        return new ExploredScenario(
            Suite.Load(Suite.Steps(Race, "linux-7.3")),
            target.Node,
            target.Catalog,
            BuildSwitches.Default
        );
    }

    private static RaceProgram RaceOf(SearchTarget target)
    {
        var executor = new SequenceExecutor(target, IoctlTopics.Contracts, hasModel: false);
        var device = new DeviceDeclared("mock", new DeviceOptions("dev0", "dev0"));
        return new RaceProgram(executor, new Race(new CallSequence([device], []), [], Bound: 1));
    }

    /// <summary>What is always empty is nobody's state.</summary>
    private static void AssertNothingShared(object one, object other)
    {
        var shared = StateOf(one);
        shared.IntersectWith(StateOf(other));
        shared.ExceptWith(StateOf(UserAddressSpace.Empty));
        shared.ExceptWith(StateOf(UserTlb.None));
        Assert.Equal("", string.Join('\n', shared.Select(state => state.GetType()).Distinct()));
    }

    private static HashSet<object> StateOf(object root) =>
        new(Checkpoint.Of(root).Objects, ReferenceEqualityComparer.Instance);
}
