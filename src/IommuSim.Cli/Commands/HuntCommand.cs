using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Lab.Scenarios;
using IommuSim.Lab.Search.Hunt;
using IommuSim.Patches;

namespace IommuSim.Cli.Commands;

/// <summary><c>hunt</c>: all searches over all bug nodes and over the kernels without any.</summary>
internal static class HuntCommand
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(100);

    public static Command Create(CommandContext context)
    {
        var kernel = CommonOptions.Kernels("hunt on this kernel only; repeatable");
        var seed = SearchOptions.Seed();
        var time = SearchOptions.Time("how long to hunt in all, 100 seconds by default");
        var command = new Command("hunt", "Runs every search over every bug, and keeps the score.")
        {
            kernel,
            seed,
            time,
        };
        command.SetAction(parsed =>
        {
            var names = parsed.GetValue(kernel) ?? [];
            KernelNode[] nodes =
                names.Length > 0
                    ? [.. names.Select(n => Inputs.Kernel(KernelCatalog.Default, n))]
                    : [.. KernelTree.Bugs, .. KernelTree.Fixed];
            var first = SearchOptions.SeedOf(parsed.GetValue(seed));
            var limit = SearchOptions.TimeOf(parsed.GetValue(time), s_time)!.Value;
            using var watch = new SearchWatch(context, null);
            var rows = new Hunt(watch, first, limit).Run(nodes);
            watch.Clear();
            return Print(context, rows, watch);
        });
        return command;
    }

    private static int Print(CommandContext context, HuntRow[] rows, SearchWatch watch)
    {
        var page = new Page();
        var table = new PageTable("kernel", "search", "what fired", "needed", "seconds", "replay")
        {
            Prose = [2, 5],
        };
        foreach (var row in rows)
        {
            var tone = row.IsBug == row.Finding is not null ? Tone.Good : Tone.Bad;
            table.Add([
                row.Kernel,
                row.Finding?.Search ?? "-",
                new Cell(row.Finding?.Title ?? (row.IsBug ? "NOT FOUND" : "nothing"), tone),
                row.Needed.ToString(CultureInfo.InvariantCulture),
                row.Seconds.ToString("0.00", CultureInfo.InvariantCulture),
                row.Finding?.Replay ?? "",
            ]);
        }

        page.Table(table);
        var bugs = rows.Count(r => r.IsBug);
        var found = rows.Count(r => r.Found);
        var alarms = rows.Count(r => r.IsFalseAlarm);
        var good = bugs == found && alarms == 0 && !watch.Interrupted;
        var interrupted = watch.Interrupted ? "Interrupted. " : "";
        page.Text(
            $"{interrupted}{found} of {bugs} found, {alarms} false alarms",
            good ? Tone.Good : Tone.Bad
        );
        TextPage.Write(page, context.Output, context.Settings);
        return good ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    /// <summary>Every core takes the next kernel; what finds nothing gets its share of the time.</summary>
    private sealed class Hunt(SearchWatch watch, ulong seed, TimeSpan limit)
    {
        private int _done;
        private int _found;

        public HuntRow[] Run(KernelNode[] nodes)
        {
            var rows = new HuntRow[nodes.Length];
            var cores = Environment.ProcessorCount;
            var share = limit * cores / Math.Max(1, nodes.Length);
            var order = Enumerable.Range(0, nodes.Length);
            Parallel.ForEach(
                order,
                new ParallelOptions { MaxDegreeOfParallelism = cores },
                i => rows[i] = One(nodes[i], share)
            );
            return rows;
        }

        private HuntRow One(KernelNode node, TimeSpan share)
        {
            var started = watch.Elapsed;
            var catalog = new KernelCatalog([
                .. KernelTree.All,
                .. KernelTree.Fixed,
                .. KernelTree.Bugs,
            ]);
            using var search = new HuntSearch(node, seed, catalog);
            var finding = search.Run(() =>
                watch.Elapsed - started < share && watch.Elapsed < limit && watch.GoOn(Line)
            );
            Interlocked.Increment(ref _done);
            if (finding is not null)
                Interlocked.Increment(ref _found);
            var seconds = (watch.Elapsed - started).TotalSeconds;
            return new HuntRow(node.Name, node.Bugs, finding, search.Needed, seconds);
        }

        private string Line(TimeSpan elapsed) => $"{_done} kernels done, {_found} with a finding";
    }
}
