using IommuSim.Machine.Reports;
using IommuSim.Scenarios.Comparison;

namespace IommuSim.Scenarios.Tests.Comparison;

public sealed class ReportTagsTests
{
    private static readonly KernelReport s_warning = new(ReportKind.Warning, "f", "", "P0", Fatal: false);
    private static readonly KernelReport s_shift = new(ReportKind.ShiftOutOfBounds, "f", "", "P0", Fatal: false);
    private static readonly KernelReport s_otherShift = s_shift with { Function = "g" };

    [Fact]
    public void Of_OneTitleOfAKind_PlainWord()
    {
        var tags = new ReportTags([s_warning, s_warning]);

        Assert.Equal("warn", tags.Of([s_warning, s_warning]));
        Assert.Equal([("warn", "WARNING in f")], tags.Legend);
    }

    [Fact]
    public void Of_SeveralTitlesOfAKind_Numbered()
    {
        var tags = new ReportTags([s_shift, s_warning, s_otherShift]);

        Assert.Equal("shift2 warn shift1", tags.Of([s_otherShift, s_warning, s_shift]));
    }
}
