using IommuSim.Machine.Reports;
using IommuSim.Source.Provided;
using IommuSim.Source.Races;
using IommuSim.Source.Tests.Translation;

namespace IommuSim.Source.Tests.Races;

/// <summary>Two tasks run C under every schedule; what of it is a data race, and what orders it.</summary>
public sealed class RaceTests
{
    private const string File = "races.c";
    private const string KcsanRace = "BUG: KCSAN: data-race in ";
    private static readonly Lazy<TranslatedCode> s_code = new(() =>
        TranslatedCode.Of(ProvidedTable.Instance, Clang.Compile(File, "-O1"))
    );

    [Theory]
    [InlineData("writes", "writes", "writes / writes")]
    [InlineData("writes", "reads", "reads / writes")]
    [InlineData("writes", "reads_once", "reads_once / writes")]
    [InlineData("writes_once", "reads", "reads / writes_once")]
    [InlineData("adds", "reads", "adds / reads")]
    [InlineData("adds", "writes", "adds / writes")]
    [InlineData("writes_byte_1", "reads_bytes", "reads_bytes / writes_byte_1")]
    [InlineData("writes_locked", "reads", "reads / writes_locked")]
    [InlineData("writes_locked", "reads_too_early", "reads_too_early / writes_locked")]
    [InlineData("writes_as_reader", "writes_as_reader", "writes_as_reader / writes_as_reader")]
    [InlineData("writes_as_reader", "reads_as_reader", "reads_as_reader / writes_as_reader")]
    [InlineData("publishes_early", "consumes", "consumes / publishes_early")]
    [InlineData("publishes", "reads_heap", "publishes / reads_heap")]
    [InlineData("replaces_at_once", "reads_shared", "reads_shared / replaces_at_once")]
    [InlineData("queues_and_writes", "idles", "queues_and_writes / works")]
    [InlineData("copies", "changes", "changes / copies")]
    public void NothingOrders_IsReported(string first, string second, string functions)
    {
        var seen = Explore(first, second);
        Assert.Equal([KcsanRace + functions], seen);
    }

    [Theory]
    [InlineData("reads", "reads")]
    [InlineData("writes_once", "writes_once")]
    [InlineData("writes_once", "reads_once")]
    [InlineData("adds", "adds")]
    [InlineData("adds", "reads_once")]
    [InlineData("writes_byte_1", "writes_byte_2")]
    [InlineData("writes_locked", "writes_locked")]
    [InlineData("writes_locked", "reads_locked")]
    [InlineData("writes_as_writer", "writes_as_writer")]
    [InlineData("writes_as_writer", "reads_as_reader")]
    [InlineData("counts_with_spinlock", "counts_with_spinlock")]
    [InlineData("publishes", "consumes")]
    [InlineData("completes", "waits")]
    [InlineData("wakes", "sleeps")]
    [InlineData("replaces_after_grace_period", "reads_shared")]
    [InlineData("replaces_by_callback", "reads_shared")]
    [InlineData("queues", "idles")]
    [InlineData("queues_and_flushes", "idles")]
    [InlineData("puts_field", "puts_other")]
    public void SomethingOrders_IsNotReported(string first, string second)
    {
        // A task that sleeps when it was woken already sleeps until its time is up, which is another report.
        var seen = Explore(first, second);
        Assert.DoesNotContain(seen, title => !title.StartsWith("INFO: task hung", StringComparison.Ordinal));
    }

    [Fact]
    public void FreedMemory_WhatNothingOrdersBeforeIt_IsARaceAndAUseAfterFree()
    {
        var seen = Explore("frees", "reads_heap");
        Assert.Equal(["BUG: KCSAN: data-race in frees / reads_heap", "KASAN: slab-use-after-free in reads_heap"], seen);
    }

    [Fact]
    public void PlaceOfARace_IsASwitchPoint()
    {
        Clang.Require();
        string[] task = ["counts", "counts"];
        var (whole, _) = TranslatedTasks.Explore(() => TranslatedTasks.Calling(s_code.Value, task), ValueOfX);
        Assert.Equal(["2"], whole);
        var points = new RacePoints();
        var (torn, _) = TranslatedTasks.Explore(() => TranslatedTasks.Watched(s_code.Value, points, task), ValueOfX);
        Assert.Equal(["1", "2"], torn);
        Assert.NotEmpty(points.All);
    }

    [Fact]
    public void Report_HasBothAccessesWithTheirPlacesAndWhoWouldReportThem()
    {
        Clang.Require();
        var details = new SortedSet<string>(StringComparer.Ordinal);
        var points = new RacePoints();
        TranslatedTasks.Explore(
            () => TranslatedTasks.Watched(s_code.Value, points, "writes", "reads_once"),
            program =>
            {
                details.UnionWith(program.Machine.Reports.Select(report => report.Detail));
                return "";
            }
        );
        Assert.Equal(2, details.Count);
        Assert.All(
            details,
            detail =>
            {
                Assert.Contains("write of 8 bytes at x by task P0", detail, StringComparison.Ordinal);
                Assert.Contains("read (marked) of 8 bytes at x by task P1", detail, StringComparison.Ordinal);
                Assert.Matches(@"in writes at .*races\.c:\d+", detail);
                Assert.Matches(@"in reads_once at .*races\.c:\d+", detail);
                Assert.Contains("CONFIG_KCSAN_ASSUME_PLAIN_WRITES_ATOMIC", detail, StringComparison.Ordinal);
            }
        );
    }

    private static string ValueOfX(TranslatedTasks program) => $"{program.Variable("x")}";

    /// <summary>The titles of all reports of all schedules.</summary>
    private static IEnumerable<string> Explore(string first, string second)
    {
        Clang.Require();
        var titles = new SortedSet<string>(StringComparer.Ordinal);
        var points = new RacePoints();
        TranslatedTasks.Explore(
            () => TranslatedTasks.Watched(s_code.Value, points, first, second),
            program =>
            {
                titles.UnionWith(program.Machine.Reports.Select(report => report.Title));
                return "";
            }
        );
        return titles;
    }
}
