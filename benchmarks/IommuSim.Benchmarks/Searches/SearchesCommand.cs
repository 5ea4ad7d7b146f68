using System.Globalization;
using IommuSim.Benchmarks.Report;
using IommuSim.Kernels;
using IommuSim.Search.Searches;

namespace IommuSim.Benchmarks.Searches;

/// <summary>
/// <c>searches [SEEDS]</c>: what each bug needs, in sequences and schedules and not in time, over so many seeds, ten by
/// default. A change to a generator is judged by it.
/// </summary>
public static class SearchesCommand
{
    private const int DefaultSeeds = 10;

    /// <summary>The exit code: 0, 1 where a seed missed a bug, 2 for bad input.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter error)
    {
        var seeds = DefaultSeeds;
        if (args.Length > 1 || (args.Length == 1 && !TryCount(args[0], out seeds)))
        {
            error.WriteLine("usage: searches [SEEDS], a number from 1 to 1000");
            return 2;
        }

        var runs = new List<HuntRow[]>();
        for (var seed = 1; seed <= seeds; seed++)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} of {seeds}"));
            runs.Add(new Hunt((ulong)seed, static _ => true).Run([.. KernelTree.Bugs]));
        }

        Write(runs, output);
        return runs.TrueForAll(rows => Array.TrueForAll(rows, r => r.Found)) ? 0 : 1;
    }

    private static void Write(List<HuntRow[]> runs, TextWriter output)
    {
        var table = new MarkdownTable("bug", "search", "median", "worst", "missed");
        var (sum, worst) = (0L, 0L);
        for (var i = 0; i < runs[0].Length; i++)
        {
            var rows = runs.Select(r => r[i]).ToArray();
            // What a miss would have needed is more than all that it ran.
            var needed = rows.Select(Needed).Order().ToArray();
            sum += needed[needed.Length / 2];
            worst += needed[^1];
            table.Add(
                rows[0].Kernel["bugs/".Length..],
                SearchesOf(rows),
                Number(needed[needed.Length / 2]),
                Number(needed[^1]),
                Number(rows.Count(r => !r.Found))
            );
        }

        table.Add("sum", "", Number(sum), Number(worst), Number(runs.Sum(r => r.Count(row => !row.Found))));
        output.Write(table);
    }

    /// <summary>All that ran until the bug was found: no search alone tells what it cost.</summary>
    private static long Needed(HuntRow row) => row.Effort.Sequences + row.Effort.Runs + row.Effort.Schedules;

    private static string SearchesOf(HuntRow[] rows) =>
        string.Join(
            ", ",
            rows.Select(r => r.Finding?.Search ?? "none").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        );

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is > 0 and <= 1000;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
