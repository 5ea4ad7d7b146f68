using IommuSim.Iommufd;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>Every call of the newest kernel gets far enough to test what comes after it.</summary>
public sealed class ReachTests
{
    private const int Sequences = 24_000;

    /// <summary>In percent; below it a call mostly tests its own refusals.</summary>
    private const double Least = 15;

    private static readonly Lazy<ReachRow[]> s_rows = new(static () =>
        [
            .. Searched
                .Campaign("linux-7.3/fixed", new FuzzOptions(1, Sequences))
                .Reach.Where(r => r.Support is Support.Full or Support.Partial),
        ]
    );

    [Fact]
    public void Run_EveryModelledCall_SucceedsOften()
    {
        var rare = s_rows.Value.Where(r => r.SuccessPercent < Least);
        Assert.Empty(rare.Select(r => $"{r.Call}: {r.SuccessPercent:0.0} % of {r.Calls}"));
    }

    [Fact]
    public void Run_EveryDocumentedErrno_IsSeen()
    {
        var unseen = s_rows.Value.Where(r => !r.NeverSeen.IsEmpty);
        Assert.Empty(unseen.Select(r => $"{r.Call}: never {string.Join(", ", r.NeverSeen)}"));
    }

    /// <summary>An ioctl without a list of errnos would pass for one that has seen them all.</summary>
    [Fact]
    public void Errnos_OfEveryModelledIoctl_AreListed()
    {
        var own = Topics.IoctlTopics.All.ToDictionary(t => t.Name, t => t.Errnos, StringComparer.Ordinal);
        var silent = s_rows.Value.Where(r => own.TryGetValue(r.Call, out var errnos) && errnos.IsEmpty);
        Assert.Empty(silent.Select(r => r.Call));
    }
}
