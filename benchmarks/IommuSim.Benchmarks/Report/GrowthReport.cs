using System.Text;
using IommuSim.Benchmarks.Growth;
using IommuSim.Benchmarks.Measuring;

namespace IommuSim.Benchmarks.Report;

/// <summary>What operations cost on machines of every size, as tables and plots.</summary>
internal static class GrowthReport
{
    private static readonly SamplerOptions s_options = new(
        40,
        TimeSpan.FromMilliseconds(50),
        TimeSpan.FromMilliseconds(0.5)
    );

    /// <summary>Measures, draws into the folder, and answers the tables.</summary>
    public static string Make(string folder)
    {
        var text = new StringBuilder();
        foreach (var direction in GrowthDirection.All)
        {
            var file = $"growth-{direction.Name.Replace(' ', '-')}.svg";
            text.Append($"By {direction.Name}, ns:\n\n{Measure(direction, folder, file)}\n");
            text.Append($"![{direction.Name}](plots/{file})\n\n");
        }

        return text.ToString();
    }

    private static MarkdownTable Measure(GrowthDirection direction, string folder, string file)
    {
        var machines = direction.Sizes.Select(direction.Grow).ToArray();
        Sampler.Measure([.. machines[0].Select(o => new Probe(o.Name, o.Run))], SamplerOptions.WarmUpOnly);
        var heads = direction.Sizes.Select(size => Figure.Count(size));
        var table = new MarkdownTable(["operation", .. heads, "last / first"]);
        var plot = new Plot($"By {direction.Name}", direction.Name, "ns");
        for (var i = 0; i < machines[0].Count; i++)
        {
            var probes = machines.Select(m => new Probe(m[i].Name, m[i].Run, m[i].Repeats));
            var ns = Sampler.Measure([.. probes], s_options).Select(m => m.Ns.Median).ToArray();
            var name = machines[0][i].Name;
            table.Add([name, .. ns.Select(Figure.Of), Figure.Of(ns[^1] / ns[0])]);
            plot.Add(name, direction.Sizes.Zip(ns, (size, value) => ((double)size, value)));
        }

        plot.Save(Path.Combine(folder, file));
        return table;
    }
}
