using System.CommandLine;
using System.Globalization;
using IommuSim.Cli.Rendering;
using IommuSim.Lab.Scenarios;
using IommuSim.Lab.Search;
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
        var replay = new Option<string>("--replay")
        {
            Description = "run one search from one seed again; needs one --kernel",
            HelpName = "fuzz:N|sweep:N|race:N",
        };
        var command = new Command("hunt", "Runs every search over every bug, and keeps the score.")
        {
            kernel,
            seed,
            time,
            replay,
        };
        command.SetAction(parsed =>
        {
            var names = parsed.GetValue(kernel) ?? [];
            KernelNode[] nodes =
                names.Length > 0
                    ? [.. names.Select(n => Inputs.Kernel(KernelCatalog.Default, n))]
                    : [.. KernelTree.Bugs, .. KernelTree.Fixed];
            if (parsed.GetValue(replay) is { } text)
                return Replay(context, nodes, text);
            var first = SearchOptions.SeedOf(parsed.GetValue(seed));
            var limit = SearchOptions.TimeOf(parsed.GetValue(time), s_time)!.Value;
            using var watch = new SearchWatch(context, null);
            var rows = new Hunt(watch, first, limit).Run(nodes);
            watch.Clear();
            return Print(context, rows, watch);
        });
        return command;
    }

    private static int Replay(CommandContext context, KernelNode[] nodes, string text)
    {
        if (nodes is not [var node])
            throw new InputErrorException(
                "--replay runs one search on one kernel; give one --kernel"
            );
        using var search = new HuntSearch(node, seed: 1);
        if (!search.TryReplay(text, out var finding))
            throw new InputErrorException(
                $"'{text}' is no search: expected fuzz:N, sweep:N or race:N with a seed N"
            );
        var page = new Page();
        if (finding is not null)
            page.Title(finding.Title).Verbatim(finding.Detail);
        page.Text(
            finding is null ? "nothing found" : finding.Replay,
            finding is null ? Tone.Good : Tone.Bad
        );
        TextPage.Write(page, context.Output, context.Settings);
        return finding is null ? ExitCode.Holds : ExitCode.DoesNotHold;
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

    /// <summary>
    /// Every kernel gets a short turn on some core, and those without a finding get further turns
    /// until the time is over.
    /// </summary>
    private sealed class Hunt(SearchWatch watch, ulong seed, TimeSpan limit)
    {
        private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

        private int _found;

        public HuntRow[] Run(KernelNode[] nodes)
        {
            var searches = new Search[nodes.Length];
            var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.For(0, nodes.Length, cores, i => searches[i] = new Search(nodes[i], seed));
            while (GoOn())
            {
                var open = searches.Where(s => s.Finding is null).ToArray();
                if (open.All(s => s.Node.Bugs.IsEmpty) && open.All(s => s.Seconds >= FixedSeconds))
                    break;
                Parallel.ForEach(open, cores, Turn);
            }

            foreach (var search in searches)
                search.Dispose();
            return [.. searches.Select(s => s.Row)];
        }

        /// <summary>A kernel without bugs has earned its rest when every bug was found.</summary>
        private double FixedSeconds => limit.TotalSeconds / 8;

        private bool GoOn() => watch.Elapsed < limit && watch.GoOn(Line);

        private void Turn(Search search)
        {
            var started = watch.Elapsed;
            search.Finding = search.Hunter.Run(() => watch.Elapsed - started < s_turn && GoOn());
            search.Seconds += (watch.Elapsed - started).TotalSeconds;
            if (search.Finding is not null)
                Interlocked.Increment(ref _found);
        }

        private string Line(TimeSpan elapsed) =>
            $"{elapsed.TotalSeconds:0} s, {_found} kernels with a finding";
    }

    private sealed class Search(KernelNode node, ulong seed) : IDisposable
    {
        public KernelNode Node { get; } = node;

        /// <summary>With a catalog of its own: those are made for one thread.</summary>
        public HuntSearch Hunter { get; } =
            new(
                node,
                seed,
                new KernelCatalog([.. KernelTree.All, .. KernelTree.Fixed, .. KernelTree.Bugs])
            );

        public Finding? Finding { get; set; }

        public double Seconds { get; set; }

        public HuntRow Row => new(Node.Name, Node.Bugs, Finding, Hunter.Needed, Seconds);

        public void Dispose() => Hunter.Dispose();
    }
}
