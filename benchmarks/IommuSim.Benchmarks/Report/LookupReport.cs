using System.Text;
using IommuSim.Bench;
using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Report;

/// <summary>The lookups alone: time by workload, code, loads, and the ranking.</summary>
internal static class LookupReport
{
    private const int Passes = 3;

    private static readonly SamplerOptions s_options = new(
        60,
        TimeSpan.FromMilliseconds(30),
        TimeSpan.FromMilliseconds(0.5)
    );

    private static readonly (string Head, LookupWorkload Workload, int Drivers)[] s_columns =
    [
        ("one", LookupWorkload.One, 4),
        ("alternating", LookupWorkload.Alternating, 4),
        ("random, 4", LookupWorkload.Random, 4),
        ("random, 64", LookupWorkload.Random, 64),
        ("random, 1024", LookupWorkload.Random, 1024),
        ("sparse, 64", LookupWorkload.Sparse, 64),
        ("cold, 4", LookupWorkload.Cold, 4),
        ("cold, 1024", LookupWorkload.Cold, 1024),
    ];

    private static readonly int[] s_plotted = [4, 16, 64, 256, 1024];

    public static string Times()
    {
        var table = new MarkdownTable(["design", .. s_columns.Select(c => c.Head)]);
        var columns = s_columns.Select(c => Measure(c.Workload, c.Drivers)).ToArray();
        foreach (var design in LookupDesign.All)
            table.Add([design.Name, .. columns.Select(c => CellOf(c, design))]);
        return table.ToString();
    }

    public static string Code()
    {
        var code = LookupCode.Read();
        var table = new MarkdownTable("design", "loads", "bytes of code");
        var listings = new StringBuilder();
        foreach (var design in LookupDesign.All)
        {
            var of = code[design.Method];
            table.Add(design.Name, Figure.Count(of.Loads), Figure.Count(of.Bytes));
            listings.Append($"\n{design.Name}:\n\n```\n{of.Listing}\n```\n");
        }

        return $"{table}\n<details><summary>Listings</summary>\n{listings}\n</details>\n";
    }

    public static string Ranks()
    {
        var text = new StringBuilder();
        foreach (var (head, workload, drivers) in s_columns)
        {
            var passes = Enumerable.Range(0, Passes).Select(_ => Measure(workload, drivers));
            var ranks = Ranking.Of([.. passes]);
            var line = string.Join(" < ", ranks.Select(rank => string.Join(" = ", rank)));
            text.Append($"- {head}: {line}\n");
        }

        return text.ToString();
    }

    public static void Draw(string folder)
    {
        foreach (var workload in new[] { LookupWorkload.Random, LookupWorkload.Cold })
        {
            var name = workload.ToString().ToLowerInvariant();
            var plot = new Plot($"One lookup, {name}", "drivers", "ns");
            var measured = s_plotted.Select(n => (Drivers: n, Of: Measure(workload, n))).ToArray();
            foreach (var design in LookupDesign.All)
                plot.Add(design.Name, measured.Select(m => ((double)m.Drivers, Find(m.Of, design)!.Ns.Median)));
            plot.Save(Path.Combine(folder, $"lookup-{name}.svg"));
        }
    }

    private static IReadOnlyList<Measurement> Measure(LookupWorkload workload, int drivers)
    {
        using var memory = new LookupMemory(workload, drivers);
        return Sampler.Measure(ProbesOf(memory), s_options);
    }

    /// <summary>A probe for every design that the workload is something for.</summary>
    private static Probe[] ProbesOf(LookupMemory memory)
    {
        var designs = LookupDesign.All.Where(d => d.Has(memory.Workload)).ToArray();
        var apart = memory.Calls / designs.Length;
        return [.. designs.Select((d, i) => new Probe(d.Name, new LookupRun(d, memory, i * apart).Run))];
    }

    private static Measurement? Find(IEnumerable<Measurement> column, LookupDesign design) =>
        column.FirstOrDefault(m => m.Name == design.Name);

    private static string CellOf(IEnumerable<Measurement> column, LookupDesign design) =>
        Find(column, design) is { } found ? Figure.Of(found.Ns.Median) : "-";
}
