using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Csv;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace IommuSim.Bench;

/// <summary>How much is measured.</summary>
public enum TableEffort
{
    /// <summary>Each lookup once, without warming up: whether it runs, and no figure.</summary>
    Dry,

    /// <summary>Three iterations of a tenth of a second.</summary>
    Short,

    /// <summary>Fifteen iterations of half a second.</summary>
    Medium,
}

/// <summary>One measured lookup.</summary>
/// <param name="Order">Which driver was asked next.</param>
/// <param name="Nanoseconds">The median of the iterations, with the loop around the lookup.</param>
/// <param name="Spread">Half of what lies between the fastest and the slowest iteration, in nanoseconds.</param>
public sealed record TableFigure(LookupDesign Design, LookupWorkload Order, double Nanoseconds, double Spread);

/// <summary>Times every design that can express a table, in this process, by BenchmarkDotNet.</summary>
public static class TableRun
{
    private static readonly Lock s_one = new();

    /// <summary>The figures of the designs that can express the table. Writes nothing to the console.</summary>
    /// <param name="table">The drivers.</param>
    /// <param name="effort">How much is measured.</param>
    /// <param name="folder">Gets BenchmarkDotNet's reports, in its folder results.</param>
    /// <param name="begins">Told how many lookups are measured, of how many.</param>
    /// <exception cref="InvalidOperationException">BenchmarkDotNet measured nothing.</exception>
    public static IReadOnlyList<TableFigure> Measure(
        LookupTable table,
        TableEffort effort,
        string folder,
        Action<int, int> begins
    )
    {
        lock (s_one)
        {
            TableBenchmarks.Table = table;
            var config = ManualConfig
                .CreateEmpty()
                .AddJob(
                    JobOf(effort).WithToolchain(new InProcessEmitToolchain(TimeSpan.FromHours(1), logOutput: false))
                )
                .AddColumnProvider(DefaultColumnProviders.Instance)
                .AddLogger(NullLogger.Instance)
                .AddExporter(CsvExporter.Default, HtmlExporter.Default, MarkdownExporter.GitHub)
                .AddEventProcessor(new Counter(begins))
                .WithArtifactsPath(folder)
                .WithOptions(ConfigOptions.DisableLogFile);
            var summary = BenchmarkRunner.Run(typeof(TableBenchmarks), config);
            if (summary.ValidationErrors.FirstOrDefault(error => error.IsCritical) is { } error)
                throw new InvalidOperationException(error.Message);
            return [.. summary.Reports.Select(FigureOf)];
        }
    }

    private static TableFigure FigureOf(BenchmarkReport report)
    {
        var parameters = report.BenchmarkCase.Parameters;
        var found = report.ResultStatistics ?? throw new InvalidOperationException("a lookup was not measured");
        return new TableFigure(
            (LookupDesign)parameters[nameof(TableBenchmarks.Design)],
            (LookupWorkload)parameters[nameof(TableBenchmarks.Order)],
            found.Median,
            (found.Max - found.Min) / 2
        );
    }

    private static Job JobOf(TableEffort effort) =>
        effort switch
        {
            TableEffort.Dry => Job.Dry,
            TableEffort.Short => Job.ShortRun.WithIterationTime(TimeInterval.FromMilliseconds(100)),
            _ => Job.MediumRun.WithLaunchCount(1),
        };

    /// <summary>Counts the lookups as they begin.</summary>
    private sealed class Counter(Action<int, int> begins) : EventProcessor
    {
        private int _measured;
        private int _all;

        public override void OnStartRunBenchmarksInType(Type type, IReadOnlyList<BenchmarkCase> cases) =>
            _all = cases.Count;

        public override void OnStartRunBenchmark(BenchmarkCase benchmarkCase) => begins(_measured++, _all);
    }
}
