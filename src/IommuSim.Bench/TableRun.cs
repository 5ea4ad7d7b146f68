using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Exporters.Csv;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
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
/// <param name="Nanoseconds">The mean, with the loop around the lookup.</param>
public sealed record TableFigure(LookupDesign Design, LookupWorkload Order, double Nanoseconds);

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
            return
            [
                .. summary.Reports.Select(report => new TableFigure(
                    (LookupDesign)report.BenchmarkCase.Parameters[nameof(TableBenchmarks.Design)],
                    (LookupWorkload)report.BenchmarkCase.Parameters[nameof(TableBenchmarks.Order)],
                    report.ResultStatistics?.Mean ?? throw new InvalidOperationException("a lookup was not measured")
                )),
            ];
        }
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
