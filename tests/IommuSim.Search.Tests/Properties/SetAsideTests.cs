using IommuSim.Search.Findings;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Tests.Properties;

/// <summary>What a campaign leaves out, and how its files are called.</summary>
public sealed class SetAsideTests
{
    private const string Kernel = "bugs/P22-nested-hwpt-holds-its-queue";

    [Fact]
    public void Run_SomeSequencesAreSetAside_ShrinksToOneThatIsNot()
    {
        // Fewer than the bug's second finding needs.
        var options = new FuzzOptions(1, 60);
        var all = new FuzzCampaign(Searched.Target(Kernel), options);
        all.Run(_ => true);
        var usual = Assert.Single(all.Findings).Sequence.Calls.Length;
        var campaign = new FuzzCampaign(Searched.Target(Kernel), options)
        {
            // As another kernel would, which shows the same by fewer calls.
            IsSetAside = (_, sequence) => sequence.Calls.Length <= usual,
        };
        campaign.Run(_ => true);

        Assert.Equal(usual + 1, Assert.Single(campaign.Findings).Sequence.Calls.Length);
    }

    [Fact]
    public void Run_AllIsSetAside_FindsNothing()
    {
        var campaign = new FuzzCampaign(Searched.Target(Kernel), new FuzzOptions(1, 600))
        {
            IsSetAside = static (_, _) => true,
        };
        campaign.Run(_ => true);

        Assert.Empty(campaign.Findings);
    }

    [Fact]
    public void Take_NameThatIsTaken_GetsANumber()
    {
        var names = new FindingNames();
        Assert.Equal(["a", "b", "a-2", "a-3"], new[] { "a", "b", "a", "a" }.Select(names.Take));
    }
}
