using IommuSim.Machine.Reports;
using IommuSim.Testing;

namespace IommuSim.Machine.Tests.Reports;

public sealed class KernelReportTests
{
    [Fact]
    public void Title_EveryKind_IsAsCommitted()
    {
        var titles = Enum.GetValues<ReportKind>().Select(kind => $"{kind}: {Of(kind).Title}\n");
        GoldenFile.Check("tests/IommuSim.Machine.Tests/Golden/report-titles.txt", string.Concat(titles));
    }

    [Fact]
    public void Title_EveryKind_IsUnlikeEveryOther()
    {
        var titles = Enum.GetValues<ReportKind>().Select(kind => Of(kind).Title).ToList();
        Assert.Equal(titles.Count, titles.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Title_IdsAndAddressesInTheDetail_StayOutOfIt()
    {
        var report = Of(ReportKind.UseAfterFree) with { Detail = "hwpt 7 at ffff8881 was freed" };
        Assert.Equal(Of(ReportKind.UseAfterFree).Title, report.Title);
    }

    [Fact]
    public void Render_SurvivedAndFatal_IsAsCommitted()
    {
        var survived = Of(ReportKind.CircularLocking) with { Detail = "new order:\n  A -> B" };
        var fatal = Of(ReportKind.PageFault) with { Fatal = true };
        var text = $"{survived.Render()}\n{fatal.Render()}\n";
        GoldenFile.Check("tests/IommuSim.Machine.Tests/Golden/report-rendering.txt", text);
    }

    private static KernelReport Of(ReportKind kind) =>
        new(kind, "iommufd_hwpt_alloc", "what happened", "P0", Fatal: false);
}
