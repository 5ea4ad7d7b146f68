using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;
using IommuSim.Search.Tests.ScenarioFiles;

namespace IommuSim.Search.Tests.Schedules;

/// <summary>The reduction leaves schedules out and must not leave outcomes out.</summary>
public sealed class ReductionTests
{
    public static TheoryData<string, string, string?> Programs =>
        new()
        {
            { "r0 w0", "r0 w0", null },
            { "r0 w0 r0 w0", "r0 w0", null },
            { "r0 w1 r1 w0", "r1 w0 r0 w1", null },
            { "r0 w0 r1 w1", "r2 w2 r1 w1", null },
            { "r0 r1 r2", "r2 r1 w1", null },
            { "l0 r0 w0 u0", "l0 r0 w0 u0", null },
            { "l0 r0 w0 u0 r1 w1", "l0 r1 w0 u0", null },
            { "l0 l1 r0 w0 u1 u0", "l1 l0 r0 w0 u0 u1", null },
            { "l0 r0 w1 u0 r2 w2", "r1 w2 l0 w0 u0", null },
            { "r0 w0", "r0 w1", "r1 w0" },
            { "l0 r0 w0 u0", "l0 r1 w0 u0", "r0 w1" },
        };

    [Theory]
    [MemberData(nameof(Programs))]
    public void Explore_Reduced_SeesEveryOutcome(string p0, string p1, string? p2)
    {
        string[] tasks = p2 is null ? [p0, p1] : [p0, p1, p2];
        for (var bound = 0; bound <= 4; bound++)
        {
            var all = OutcomesOf(tasks, bound, reduces: false, out var unreduced);
            var reduced = OutcomesOf(tasks, bound, reduces: true, out var count);
            Assert.Equal(all, reduced);
            Assert.InRange(count, 1, unreduced);
        }
    }

    [Theory]
    [InlineData(2, 5, 60)]
    [InlineData(3, 3, 25)]
    public void Explore_DrawnPrograms_SeesEveryOutcome(int count, int length, int programs)
    {
        for (var seed = 1ul; seed <= (ulong)programs; seed++)
        {
            var random = new SplitMix(seed);
            var tasks = new string[count];
            for (var i = 0; i < count; i++)
                tasks[i] = DrawTask(length, ref random);
            for (var bound = 0; bound <= 3; bound++)
            {
                var all = OutcomesOf(tasks, bound, reduces: false, out _);
                var reduced = OutcomesOf(tasks, bound, reduces: true, out _);
                Assert.True(all.SetEquals(reduced), $"seed {seed}, bound {bound}: {string.Join(" | ", tasks)}");
            }
        }
    }

    /// <summary>
    /// Holds where modelled code says all that it touches: an access that no step names could be moved past an
    /// interruption that matters.
    /// </summary>
    [Fact]
    public void Explore_ShippedScenarios_SeesEveryOutcome()
    {
        foreach (var scenario in ShippedScenarios.Load.Scenarios.Where(s => s.IsExploration))
        {
            foreach (var kernel in scenario.Kernels)
                Assert.True(
                    OutcomesOf(scenario, kernel, false).SetEquals(OutcomesOf(scenario, kernel, true)),
                    $"{scenario.Name} on {kernel.Name}"
                );
        }
    }

    private static SortedSet<string> OutcomesOf(BoundScenario scenario, KernelNode kernel, bool reduces)
    {
        using var explorer = new ScheduleExplorer { Reduces = reduces };
        var explored = new ExploredScenario(scenario, kernel, KernelCatalog.Default, build: null);
        var outcomes = new SortedSet<string>(StringComparer.Ordinal);
        explorer.Explore(
            () => explored.Start(races: null),
            new ExploreOptions(PreemptionBound: 2, MaxSchedules: int.MaxValue),
            (program, _) =>
            {
                program.Close();
                var results = Enumerable.Range(0, scenario.Steps.Length).Select(program.ResultOf);
                var titles = program.Machine.Reports.Select(r => r.Title);
                var broken = program.Violations.Select(v => v.Text);
                outcomes.Add(string.Join('\n', [.. results.Select(r => $"{r}"), .. titles, .. broken]));
                return true;
            }
        );
        return outcomes;
    }

    /// <summary>Reads and writes of three cells, some of them under one of two locks.</summary>
    private static string DrawTask(int length, ref SplitMix random)
    {
        var steps = new List<string>();
        for (var i = 0; i < length; i++)
            steps.Add($"{(random.Below(2) == 0 ? 'r' : 'w')}{random.Below(3)}");
        for (var held = (int)random.Below(3); held > 0; held--)
        {
            var theLock = held - 1;
            var from = (int)random.Below((uint)steps.Count);
            steps.Insert(from, $"l{theLock}");
            var to = from + 1 + (int)random.Below((uint)(steps.Count - from));
            steps.Insert(to, $"u{theLock}");
        }

        return string.Join(' ', steps);
    }

    [Theory]
    [InlineData("r0 w0 r0 w0", "r1 w1 r1 w1", 1)]
    [InlineData("r0 r1 r2 r0", "r2 r1 r0 r2", 1)]
    [InlineData("r0 w0 r2", "r1 w1 r2", 1)]
    [InlineData("l0 r0 w0 u0", "l0 r0 w0 u0", 2)]
    public void Explore_StepsThatCommute_CountOnce(string p0, string p1, int most)
    {
        const int Unbounded = 1000;
        OutcomesOf([p0, p1], Unbounded, reduces: false, out var unreduced);
        OutcomesOf([p0, p1], Unbounded, reduces: true, out var count);
        Assert.InRange(count, 1, most);
        Assert.True(unreduced > count, $"{unreduced} schedules without, {count} with the reduction");
    }

    [Fact]
    public void Explore_OppositeLockOrders_FindsTheDeadlock()
    {
        var outcomes = OutcomesOf(["l0 l1 u1 u0", "l1 l0 u0 u1"], 2, reduces: true, out _);
        Assert.Contains(outcomes, o => o.EndsWith("!!", StringComparison.Ordinal));
    }

    [Fact]
    public void Explore_LostUpdate_NeedsOnePreemption()
    {
        var none = OutcomesOf(["r0 w0", "r0 w0"], 0, reduces: true, out _);
        var one = OutcomesOf(["r0 w0", "r0 w0"], 1, reduces: true, out _);
        Assert.Equal(2, none.Count);
        Assert.True(one.Count > none.Count);
    }

    private static SortedSet<string> OutcomesOf(string[] tasks, int bound, bool reduces, out long schedules)
    {
        using var explorer = new ScheduleExplorer { Reduces = reduces };
        var outcomes = new SortedSet<string>(StringComparer.Ordinal);
        explorer.Explore(
            () => new CounterProgram(tasks),
            new ExploreOptions(bound),
            (program, _) => outcomes.Add(program.Outcome) || true
        );
        schedules = explorer.Schedules;
        return outcomes;
    }
}
