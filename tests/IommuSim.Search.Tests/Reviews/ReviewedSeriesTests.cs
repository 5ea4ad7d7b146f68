using IommuSim.Search.Reviews;

namespace IommuSim.Search.Tests.Reviews;

/// <summary>What is decided over the commits of a series, from what the searches of each saw.</summary>
public sealed class ReviewedSeriesTests
{
    private const string Leak = "memory leak in f";

    private readonly ReviewedSeries _series = new();

    [Fact]
    public void Add_WhatAnEarlierCommitHas_IsNoFindingOfALaterOne()
    {
        var first = Add("mine/01", Report(Leak, "IOMMU_A"));
        var second = Add("mine/02", Report(Leak, "IOMMU_A"));
        Assert.Single(first.Findings);
        Assert.Empty(second.Findings);
    }

    [Fact]
    public void Add_TheSameTitleByAnotherCall_IsAFindingOfItsOwn()
    {
        Add("mine/01", Report(Leak, "IOMMU_A"));
        Assert.Single(Add("mine/02", Report(Leak, "IOMMU_B")).Findings);
    }

    [Fact]
    public void Add_BehindTheRepair_ItIsAFindingAgain()
    {
        Add("mine/01", Report(Leak, "IOMMU_A") with { RepairedBy = "mine/02" });
        var repaired = Assert.Single(Add("mine/02").Repairs);
        Assert.Equal(("mine/01", Leak), (repaired.Commit, repaired.Finding.Title));
        Assert.Single(Add("mine/03", Report(Leak, "IOMMU_A")).Findings);
    }

    /// <summary>A commit is searched before it is known what it repairs.</summary>
    [Fact]
    public void Add_WhatTheSameCommitRepairs_IsNoFindingOfIt()
    {
        Add("mine/01", Report(Leak, "IOMMU_A") with { RepairedBy = "mine/02" });
        Assert.Empty(Add("mine/02", Report(Leak, "IOMMU_A")).Findings);
    }

    [Fact]
    public void Add_Variant_RepairsAndNoCommitFollowsIt()
    {
        Add("mine/01", Report(Leak, "IOMMU_A") with { GoneWith = ["mine/01+idea"], RepairedBy = "mine/02" });
        var variant = _series.Add("mine/01+idea", isVariant: true, Searched(Report("WARNING in g", "IOMMU_A")));
        Assert.Single(variant.Findings);
        Assert.Single(variant.Repairs);
        var second = Add("mine/02", Report("WARNING in g", "IOMMU_A"));
        Assert.Single(second.Findings);
        Assert.Single(second.Repairs);
    }

    [Fact]
    public void Add_WhatTheBaseShowsToo_IsNoFinding() =>
        Assert.Empty(Add("mine/01", Report(Leak, "IOMMU_A") with { IsOfBase = true }).Findings);

    [Fact]
    public void Add_SequenceThatShowsWhatAScenarioShows_IsToldOnceWithItsProgram()
    {
        var swept = new ReviewFinding(ReviewKind.Failure, $"IOMMU_A where a copy fails: {Leak}", "", "")
        {
            Where = "IOMMU_A",
        };
        var report = Report(Leak, "IOMMU_A") with { Program = "int main() {}", RepairedBy = "mine/02" };
        var searched = new SearchedCommit([swept], [], [report], [Report(Leak, "")], new ReviewEffort());
        var finding = Assert.Single(_series.Add("mine/01", isVariant: false, searched).Findings);
        Assert.Equal(
            (ReviewKind.Failure, swept.Title, 1, "int main() {}", "mine/02"),
            (finding.Kind, finding.Title, finding.More, finding.Program, finding.RepairedBy)
        );
    }

    [Fact]
    public void Add_ScenarioBesideAnotherFinding_IsASymptom()
    {
        var verdict = new ReviewFinding(ReviewKind.Verdict, "the scenario a holds no longer", "", "");
        var alone = new SearchedCommit([verdict], [], [], [], new ReviewEffort());
        Assert.False(Assert.Single(_series.Add("mine/01", isVariant: false, alone).Findings).IsSymptom);
        var beside = alone with { Reports = [Report(Leak, "IOMMU_A")] };
        Assert.Equal([true, false], _series.Add("mine/02", isVariant: false, beside).Findings.Select(f => f.IsSymptom));
    }

    private ReviewedCommit Add(string name, params ReviewFinding[] reports) =>
        _series.Add(name, isVariant: false, Searched(reports));

    private static SearchedCommit Searched(params ReviewFinding[] reports) =>
        new([], [], reports, [], new ReviewEffort());

    private static ReviewFinding Report(string title, string where) =>
        new(ReviewKind.Report, title, "", "") { Where = where };
}
