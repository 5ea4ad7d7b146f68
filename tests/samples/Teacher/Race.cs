using IommuSim.Search.Schedules;

/// <summary>A race that is in the kernel of March 2023, and is gone in 6.8.</summary>
public sealed class Race
{
    private sealed record Shared(IommuFile Iommu, BoundDevice First, BoundDevice Second, uint Ioas);

    private static ExploredSchedules TwoAttaches(string kernel) =>
        Schedules.Explore(
            kernel,
            k =>
            {
                var (d0, d1) = (k.AddDevice(), k.AddDevice());
                var iommu = k.Open();
                iommu.IoasAlloc(out var ioas);
                return new Shared(iommu, iommu.Bind(d0), iommu.Bind(d1), ioas);
            },
            [
                shared => shared.First.Attach(shared.Ioas),
                shared =>
                {
                    var hwpt = shared.Ioas;
                    shared.Second.Attach(ref hwpt); // becomes the hwpt that the kernel made, or found
                    if (shared.Iommu.Destroy(hwpt).Errno == Errno.ENOENT)
                        throw new InvalidOperationException("the kernel told an id that names nothing");
                },
            ]
        );

    [Fact]
    public void March2023_TellsAnIdBeforeItIsPublished()
    {
        var explored = TwoAttaches("base");
        TestContext.Current.TestOutputHelper?.WriteLine(explored.ToString());
        Assert.Contains(explored.Seen, seen => seen.Title == "P1: the kernel told an id that names nothing");
    }

    [Fact]
    public void Linux68_DoesNotUnderAnySchedule()
    {
        var explored = TwoAttaches("linux-6.8/fixed");
        Assert.Empty(explored.Seen);
        Assert.Equal(ExploreCoverage.Bounded, explored.Coverage); // all with at most two preemptions
    }
}
