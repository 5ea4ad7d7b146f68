using System.Runtime.InteropServices;
using IommuSim.Kernels;
using IommuSim.Testing;

namespace IommuSim.Benchmarks.Report;

/// <summary>
/// <c>report [PART...] [--command PATH]</c>: measures again what benchmarks/README.md shows. Each part takes
/// less than two minutes.
/// </summary>
public static class ReportCommand
{
    private static readonly string s_folder = RepositoryRoot.Combine("benchmarks");
    private static readonly string s_plots = Path.Combine(s_folder, "plots");

    /// <summary>What each part replaces, and how.</summary>
    private static readonly (string Part, string Name, Func<string?, string> Make)[] s_parts =
    [
        ("machine", "host", _ => Host()),
        ("machine", "machine", MachineReport.Make),
        ("designs", "designs", _ => Designs()),
        ("lookup", "lookup-times", _ => LookupTimes()),
        ("lookup", "lookup-code", _ => LookupReport.Code()),
        ("ranking", "ranking", _ => LookupReport.Ranks()),
        ("operations", "operations", _ => OperationReport.Tables()),
        ("growth", "growth", _ => GrowthReport.Make(s_plots)),
    ];

    /// <summary>The exit code: 0, or 2 for bad input.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter error)
    {
        var wanted = new List<string>();
        string? command = null;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--command" && i + 1 < args.Length)
                command = args[++i];
            else
                wanted.Add(args[i]);
        }

        if (wanted.Find(w => !s_parts.Any(p => p.Part == w)) is { } wrong)
            return Refuse(error, $"there is no part '{wrong}'; parts: {Names()}");
        if (command is not null && !File.Exists(command))
            return Refuse(error, $"there is no file '{command}'");
        var file = Path.Combine(s_folder, "README.md");
        foreach (var (part, name, make) in s_parts)
        {
            if (wanted.Count > 0 && !wanted.Contains(part))
                continue;
            var content = make(command);
            File.WriteAllText(file, ReportFile.Replace(File.ReadAllText(file), name, content));
        }

        return 0;
    }

    private static string Names() => string.Join(", ", s_parts.Select(p => p.Part).Distinct(StringComparer.Ordinal));

    private static string LookupTimes()
    {
        LookupReport.Draw(s_plots);
        return LookupReport.Times();
    }

    /// <summary>What a design costs to extend, as its kernel of the tree says.</summary>
    private static string Designs()
    {
        var table = new MarkdownTable("kernel", "knowledge", "new driver", "new type", "largest type");
        foreach (var node in KernelTree.All.Where(n => n.Design != n.Parent?.Design))
        {
            var design = node.Design!;
            table.Add(node.Name, design.Knowledge, design.PerDriver, design.PerType, design.LargestType);
        }

        return table.ToString();
    }

    private static string Host()
    {
        var cpu = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                ?.Split(':')[1]
                .Trim()
            : null;
        return $"{cpu ?? "unknown processor"}, {Environment.ProcessorCount} processors, "
            + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }

    private static int Refuse(TextWriter error, string why)
    {
        error.WriteLine(why);
        return 2;
    }
}
