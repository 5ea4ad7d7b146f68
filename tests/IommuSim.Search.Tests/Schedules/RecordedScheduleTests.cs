using IommuSim.Search.Schedules;

namespace IommuSim.Search.Tests.Schedules;

public sealed class RecordedScheduleTests
{
    [Theory]
    [InlineData("s:0*2,1", null)]
    [InlineData("s:0*2,1@", "@")]
    [InlineData("s:0*2,1@12+40", "@12+40")]
    [InlineData("s:@7", "@7")]
    public void TryParse_PlacesOfRaces_AreThoseBehindTheAt(string text, string? points)
    {
        Assert.True(RecordedSchedule.TryParse(text, 2, out var schedule, out var error), error);
        Assert.Equal(points, schedule!.Points is { } places ? RecordedSchedule.FormatPoints(places) : null);
    }

    [Theory]
    [InlineData("s:0@x")]
    [InlineData("s:0@1,2")]
    [InlineData("s:0@-1")]
    [InlineData("s:0@1@2")]
    public void TryParse_NoPlaces_SaysWhatWouldBeOne(string text)
    {
        Assert.False(RecordedSchedule.TryParse(text, 2, out _, out var error));
        Assert.Contains("is no list of places: expected @PLACE+PLACE", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Explore_ARunThatFindsPoints_BeginsTheWalkAgain()
    {
        var points = new List<int>();
        using var explorer = new ScheduleExplorer();
        var seen = new List<string>();
        var coverage = explorer.Explore(
            () => new FindsOnePoint(points),
            new ExploreOptions(PreemptionBound: 100),
            (_, e) =>
            {
                seen.Add(e.LastPoints);
                return true;
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(ExploreCoverage.Exhausted, coverage);
        Assert.Equal(["@", "@5"], seen.Distinct());
        Assert.Equal(1, seen.Count(text => text == "@"));
        Assert.EndsWith("@5", explorer.LastSchedule(), StringComparison.Ordinal);
    }

    private sealed class FindsOnePoint(List<int> found) : Interleaving
    {
        private readonly CounterProgram _program = new("r0 w0", "r0 w0");

        public override IommuSim.Machine.KernelMachine Machine => _program.Machine;

        public override int TaskCount => _program.TaskCount;

        public override string Points { get; } = RecordedSchedule.FormatPoints(found);

        public override bool HasNewPoints => RecordedSchedule.FormatPoints(found) != Points;

        public override void RunTask(int task)
        {
            _program.RunTask(task);
            if (found.Count == 0)
                found.Add(5);
        }
    }
}
