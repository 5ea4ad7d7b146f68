using IommuSim.Search.Schedules;

namespace IommuSim.TestKit.Tests;

public sealed class SchedulesTests
{
    private sealed record Program(BoundDevice First, BoundDevice Second, IommuFile Iommu, uint Ioas);

    /// <summary>Two devices are attached to one IOAS; the second then uses the hwpt that it was told of.</summary>
    private static ExploredSchedules Explore(string kernel, int mostSchedules = 200_000) =>
        Schedules.Explore(
            kernel,
            k =>
            {
                var (d0, d1) = (k.AddDevice(), k.AddDevice());
                var iommu = k.Open();
                iommu.IoasAlloc(out var ioas);
                return new Program(iommu.Bind(d0), iommu.Bind(d1), iommu, ioas);
            },
            [
                p => p.First.Attach(p.Ioas),
                p =>
                {
                    var hwpt = p.Ioas;
                    p.Second.Attach(ref hwpt);
                    if (p.Iommu.Destroy(hwpt).Errno == Errno.ENOENT)
                        throw new InvalidOperationException("the hwpt is not to be found");
                },
            ],
            mostSchedules: mostSchedules
        );

    [Fact]
    public void Explore_KernelThatPublishesTooLate_DrawsTheScheduleThatShowsIt()
    {
        var explored = Explore("base");
        var seen = Assert.Single(explored.Seen, s => s.Title == "P1: the hwpt is not to be found");
        Assert.Contains("CPU0 (P0)", seen.Diagram);
        Assert.Contains("CPU1 (P1)", seen.Diagram);
        Assert.NotEqual("", seen.Schedule);
    }

    [Fact]
    public void Explore_KernelThatIsRight_SeesNothing()
    {
        var explored = Explore("linux-6.8/fixed");
        Assert.Empty(explored.Seen);
        Assert.InRange(explored.Count, 10, 200_000);
        Assert.NotEqual(ExploreCoverage.Sampled, explored.Coverage);
    }

    /// <summary>What scenarios/explore/attach-against-detach.scenario states of the same tasks.</summary>
    [Fact]
    public void Explore_SecondTaskDies_ShowsWhatTheScenarioStates()
    {
        string[] stated =
        [
            "BUG: kernel NULL pointer dereference in iommufd_hw_pagetable_detach",
            "I2: an id resolves to freed memory",
            "I4: an automatic hwpt outlived its last device",
            "I5: an id is taken and resolves to nothing",
            "KASAN: slab-use-after-free in iommufd_object_finalize",
        ];
        var explored = Schedules.Explore(
            "base",
            k =>
            {
                var device = k.AddDevice("amd");
                var iommu = k.Open();
                iommu.IoasAlloc(out var ioas);
                return (Device: iommu.Bind(device), Ioas: ioas);
            },
            [p => p.Device.Attach(p.Ioas), p => p.Device.Detach()]
        );
        Assert.Contains(stated[0], explored.Seen.Select(seen => seen.Title));
        Assert.Empty(explored.Seen.Select(seen => seen.Title).Except(stated));
    }

    [Fact]
    public void Explore_FewerSchedulesThanThereAre_SaysSo()
    {
        var explored = Explore("linux-6.8/fixed", mostSchedules: 5);
        Assert.Equal(ExploreCoverage.Sampled, explored.Coverage);
        Assert.StartsWith("5 schedules, Sampled", explored.ToString());
    }

    [Fact]
    public void Explore_OneTask_SaysWhatIsExpected()
    {
        var refused = Assert.Throws<ArgumentException>(() => Schedules.Explore("base", _ => 0, [_ => { }]));
        Assert.Contains("1 tasks; expected 2 to 8", refused.Message);
    }
}
