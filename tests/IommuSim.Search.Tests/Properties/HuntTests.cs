using IommuSim.Iommu;
using IommuSim.Kernels;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>A hunt finds by what a kernel does, not by what it is called, and is counted in runs.</summary>
public sealed class HuntTests
{
    private const int Turns = 2;

    private static readonly KernelNode[] s_nodes =
    [
        UserProgram.NodeOf("bugs/A02-put-vs-free"),
        UserProgram.NodeOf("bugs/A04-replace-unwind-wrong-hwpt"),
        UserProgram.NodeOf("bugs/A05-replace-unattached"),
        UserProgram.NodeOf("linux-6.8/fixed"),
    ];

    [Theory]
    [InlineData("bugs/A04-replace-unwind-wrong-hwpt")]
    [InlineData("bugs/A10-same-ioas-failed-replace-drops-resv")]
    [InlineData("bugs/A14-cc-upgrade-on-attach")]
    public void Run_BugNodeByAnotherName_FindsTheSame(string name)
    {
        var node = UserProgram.NodeOf(name);
        var nameless = node with { Name = "x1", Rationale = "", Source = "" };
        var known = Search(node);
        var found = Search(nameless);
        Assert.True(known is not null, $"{name}: not found by its own name");
        Assert.True(found is not null, $"{name}: not found as x1");
        Assert.Equal(known.Title, found.Title);
        Assert.Equal(known.Detail, found.Detail);
        Searched.Print($"{name}: {found.Title}");
    }

    [Fact]
    public void Run_OneCoreOrTwo_EqualRows()
    {
        var one = Rows(new Hunt(1, static _ => true) { SoundTurns = Turns, Cores = 1 });
        var two = Rows(new Hunt(1, static _ => true) { SoundTurns = Turns, Cores = 2 });
        Assert.Equal(one, two);
        Assert.All(one, row => Assert.False(row.Cut));
        Assert.Equal(3, one.Count(r => r.Finding is not null));
        Assert.Equal("race", one[0].Finding!.Search);
        Assert.Equal(one[0].Needed, one[0].Effort.Schedules);
        Assert.Equal(one[1].Needed, one[1].Effort.Sequences);
        Assert.Equal(750, one[3].Effort.Sequences);
    }

    /// <summary>A kernel's row is the same whichever others are hunted.</summary>
    [Fact]
    public void Run_Alone_SameRow()
    {
        var all = Rows(new Hunt(3, static _ => true) { SoundTurns = Turns });
        var alone = new Hunt(3, static _ => true) { SoundTurns = Turns }.Run([s_nodes[0]]);
        Assert.Equal(all[0], alone[0] with { Bugs = [] });
    }

    [Fact]
    public void Run_BudgetThatIsTooSmall_IsNotCutAndDoesNotHold()
    {
        var rare = UserProgram.NodeOf("bugs/A03-unlocked-group-hwpt-read");
        var rows = new Hunt(1, static _ => true) { BugTurns = 1 }.Run([rare]);
        var score = new HuntScore(rows, 1);
        Assert.False(score.Cut);
        Assert.False(score.Holds);
        Assert.Equal(250, rows[0].Effort.Sequences);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(260)]
    public void Run_Cut_SaysAfterWhatAndDoesNotHold(int looks)
    {
        var left = looks;
        var rows = new Hunt(1, _ => left-- > 0) { Cores = 1 }.Run([s_nodes[3]]);
        var score = new HuntScore(rows, 1);
        Assert.True(rows[0].Cut);
        Assert.Equal(Math.Min(looks, 250), rows[0].Effort.Sequences);
        Assert.False(score.Holds);
        Assert.StartsWith("The hunt was cut", score.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The parent has A05 and is told to be sound: what A05 does is no finding on its child.</summary>
    [Fact]
    public void Run_FindingThatFiresOnTheParent_IsSetAside()
    {
        const int Enough = 5;
        var parent = UserProgram.NodeOf("bugs/A05-replace-unattached");
        using var same = new HuntSearch(parent, 1, Searched.Target(parent).Catalog, parent);
        Assert.Null(same.Run(Enough, static () => true));
        Assert.Equal("I7: a replace succeeded for a device that is not attached", Assert.Single(same.SetAside).Title);

        var child = new KernelNode("x1", parent, "One more.", "made up", static spec => spec) { Brings = [Bug.A04] };
        using var search = new HuntSearch(child, 1, Searched.Target(child).Catalog, parent);
        var found = search.Run(Enough, static () => true);
        Assert.NotNull(found);
        Assert.NotEqual(same.SetAside[0].Title, found.Title);
        Assert.Equal(same.SetAside[0].Title, search.SetAside[0].Title);
    }

    /// <summary>With the ids left out, which are compared by reference.</summary>
    private static HuntRow[] Rows(Hunt hunt) => [.. hunt.Run(s_nodes).Select(r => r with { Bugs = [] })];

    private static Search.Findings.Finding? Search(KernelNode node)
    {
        using var hunt = new HuntSearch(node, 1, Searched.Target(node).Catalog);
        return hunt.Run(Turns, static () => true);
    }
}
