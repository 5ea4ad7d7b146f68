using System.Text;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Search.Campaigns;

/// <summary>One scenario to be explored on one kernel.</summary>
internal sealed record Exploration(BoundScenario Scenario, KernelNode Kernel, BuildSwitches Build);

/// <summary>
/// A campaign of <c>explore</c>: its items are scenarios on kernels. Findings are what no clause allows.
/// </summary>
internal sealed class Explorations : ICampaign
{
    private readonly IReadOnlyList<Exploration> _jobs;
    private readonly KernelCatalog _catalog;
    private readonly ExploreOptions _options;

    public Explorations(IReadOnlyList<Exploration> jobs, KernelCatalog catalog, ExploreOptions options, string tool)
    {
        (_jobs, _catalog, _options) = (jobs, catalog, options);
        var budget = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["bound"] = options.PreemptionBound,
            ["schedules"] = options.MaxSchedules,
            ["random"] = options.RandomSchedules,
            ["races"] = options.Races ? 1 : 0,
        };
        CampaignInput[] inputs =
        [
            .. jobs.Select(j => CampaignHashes.OfKernel(j.Kernel, catalog, j.Build)).Distinct(),
            .. jobs.Select(j => j.Scenario.Path)
                .Distinct(StringComparer.Ordinal)
                .Select(path => CampaignHashes.OfFile("scenario", path)),
        ];
        string[] columns = ["scenario", "kernel", "schedules", "seen", "verdict"];
        Head = new CampaignHead("explore", tool, inputs, options.Seed, budget, columns, jobs.Count);
    }

    public CampaignHead Head { get; }

    public CampaignItem? Run(int item, IReadOnlySet<string> known, Func<bool> goOn)
    {
        var job = _jobs[item];
        using var cut = new CancellationTokenSource();
        var run = ScenarioExploration.Run(
            job.Scenario,
            job.Kernel,
            _catalog,
            _options,
            job.Build,
            _ =>
            {
                if (!goOn())
                    cut.Cancel();
            },
            cut.Token
        );
        if (run.Interrupted)
            return null;
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["schedules"] = run.Schedules };
        var name = $"{job.Scenario.Name} on {job.Kernel.Name}";
        string[] cells =
        [
            job.Scenario.Name,
            job.Kernel.Name,
            FormattableString.Invariant($"{run.Schedules}"),
            run.CoverageWord,
            run.Verdict,
        ];
        return new CampaignItem(
            item,
            name,
            counts,
            cells,
            [.. FindingsOf(run, name, KernelOf(job))],
            [.. run.NotJudged.Select(clause => $"{name}, not judged in a kernel made of C: {clause}")]
        );
    }

    /// <summary>A kernel as the command line has it.</summary>
    private string KernelOf(Exploration job) => _catalog.IsSource(job.Kernel) ? job.Kernel.Source : job.Kernel.Name;

    private static IEnumerable<CampaignFinding> FindingsOf(ExploreRun run, string name, string kernel)
    {
        var replay = $"iommusim explore {run.Scenario.Path} --kernel {kernel}";
        if (run.SetUpFailure is { } failure)
            yield return new CampaignFinding($"{name}: the set-up does not hold", 1, replay, new(failure));
        foreach (var same in run.Findings.GroupBy(f => f.Title, StringComparer.Ordinal))
        {
            var first = same.First();
            var how = first.Replay.Length == 0 ? replay : $"{replay} --replay {first.Replay}";
            yield return new CampaignFinding($"{name}: {same.Key}", same.Count(), how, new(DetailOf(first)));
        }
    }

    private static string DetailOf(ScheduleFinding finding)
    {
        if (finding.Note.Length > 0)
            return finding.Note;
        var text = new StringBuilder(finding.Diagram);
        foreach (var report in finding.Reports)
            text.Append('\n').Append(report.Render());
        return text.ToString();
    }
}
