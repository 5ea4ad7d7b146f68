using System.CommandLine;
using IommuSim.Cli.Json;
using IommuSim.Kernels;
using IommuSim.Machine;
using IommuSim.Scenarios.Binding;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Comparison;
using IommuSim.Search.Campaigns;
using IommuSim.Search.Schedules;
using IommuSim.Search.Searches;

namespace IommuSim.Cli.Commands;

/// <summary><c>explore</c>: runs the tasks of a scenario under all schedules up to a bound.</summary>
internal static class ExploreCommand
{
    private static readonly ExploreOptions s_default = new();

    public static Command Create(CommandContext context)
    {
        var paths = CommonOptions.Scenarios("scenario files with blocks P0:, P1:");
        var kernels = CommonOptions.Kernels(
            "explore on this kernel instead of those that a scenario names; repeatable"
        );
        var limits = new LimitOptions();
        var replay = new Option<string>("--replay")
        {
            Description = "run this schedule alone and draw it; needs one scenario and one kernel",
            HelpName = "schedule",
        };
        var races = new Option<bool>("--races")
        {
            Description =
                "also report data races as KCSAN would, and switch tasks at the accesses that race; on kernels made of C",
        };
        var campaign = new CampaignOptions(null);
        var answer = new AnswerOptions();
        var command = new Command("explore", "Runs concurrent calls under every schedule")
        {
            paths,
            kernels,
            limits.Bound.Option,
            limits.Schedules.Option,
            limits.Random.Option,
            limits.Seed.Option,
            races,
            replay,
            campaign.Shard,
            campaign.Folder,
            answer.Format,
            answer.Html,
        };
        command.SetAction(parsed =>
        {
            var jobs = Inputs.Jobs(
                KernelCatalog.Default,
                parsed.GetValue(paths)!,
                parsed.GetValue(kernels),
                static scenario => scenario.IsExploration,
                "nothing to explore: no scenario has blocks 'P0:' and 'P1:'; 'iommusim run' judges others"
            );
            var looksForRaces = parsed.GetValue(races);
            if (looksForRaces)
                Inputs.RequireSource(KernelCatalog.Default, jobs, "--races");
            campaign.RefuseReplay(parsed, replay);
            if (parsed.GetValue(replay) is { } schedule)
            {
                var shown = Replay(jobs, schedule, looksForRaces);
                var title = $"{jobs[0]}";
                answer.Write(context, parsed, () => ExplorePage.OfSchedule(shown, title), () => SearchJson.Of(shown));
                return ExitCode.Holds;
            }

            var options = limits.ValueOf(parsed) with { Races = looksForRaces };
            return campaign.IsAsked(parsed)
                ? RunShard(context, parsed, jobs, options, campaign, answer)
                : Run(context, parsed, jobs, options, campaign, answer);
        });
        return command;
    }

    private static int RunShard(
        CommandContext context,
        ParseResult parsed,
        IReadOnlyList<Job> jobs,
        ExploreOptions options,
        CampaignOptions campaign,
        AnswerOptions answer
    )
    {
        answer.RefuseHtml(parsed);
        Exploration[] items = [.. jobs.Select(j => new Exploration(j.Scenario, j.Kernel, j.Build))];
        var explored = new Explorations(items, KernelCatalog.Default, options, CampaignOptions.Tool);
        return campaign.Run(context, parsed, explored, answer.FormatOf(parsed), null);
    }

    private static int Run(
        CommandContext context,
        ParseResult parsed,
        IReadOnlyList<Job> jobs,
        ExploreOptions options,
        CampaignOptions campaign,
        AnswerOptions answer
    )
    {
        if (parsed.GetValue(campaign.Folder) is not null)
            throw new InputErrorException("--out keeps a campaign of many jobs; give --shard K/N");
        var started = context.Settings.Clock.GetTimestamp();
        var runs = Explore(context, jobs, options);
        var summary = new ExploreSummary(runs, context.Settings.Clock.GetElapsedTime(started));
        answer.Write(context, parsed, () => ExplorePage.Of(summary), () => SearchJson.Of(summary));
        return summary.Holds ? ExitCode.Holds : ExitCode.DoesNotHold;
    }

    private static List<ExploreRun> Explore(CommandContext context, IReadOnlyList<Job> jobs, ExploreOptions options)
    {
        var interrupt = context.Settings.Interrupts();
        var progress = new Progress(context);
        var runs = new List<ExploreRun>();
        foreach (var job in jobs)
        {
            if (interrupt.IsCancellationRequested)
                break;
            runs.Add(
                ScenarioExploration.Run(
                    job.Scenario,
                    job.Kernel,
                    KernelCatalog.Default,
                    options,
                    job.Build,
                    schedules =>
                        progress.Report(() => $"{job}, {runs.Count + 1} of {jobs.Count}: {schedules} schedules"),
                    interrupt
                )
            );
        }

        progress.Clear();
        return runs;
    }

    private static ScheduleFinding Replay(IReadOnlyList<Job> jobs, string schedule, bool looksForRaces)
    {
        if (jobs is not [var job])
            throw new InputErrorException(
                $"--replay takes a schedule of one exploration, and this is {jobs.Count}; "
                    + "give one scenario file and one --kernel"
            );
        var tasks = ScenarioExploration.MostTasks(job.Scenario, job.Kernel, KernelCatalog.Default);
        if (!RecordedSchedule.TryParse(schedule, tasks, out var recorded, out var error))
            throw new InputErrorException(error);
        if (recorded!.Points is not null)
            Inputs.RequireSource(KernelCatalog.Default, jobs, "a schedule with '@'");
        else if (looksForRaces)
            schedule += RecordedSchedule.FormatPoints([]);
        return ScenarioExploration.Replay(job.Scenario, job.Kernel, KernelCatalog.Default, schedule, job.Build);
    }

    private sealed class LimitOptions
    {
        public NumberOption Bound { get; } =
            new(
                "--bound",
                "how often a running task may be interrupted in one schedule",
                0,
                1000,
                (ulong)s_default.PreemptionBound
            );

        public NumberOption Schedules { get; } =
            new(
                "--schedules",
                "end the walk over all schedules after this many",
                1,
                int.MaxValue,
                (ulong)s_default.MaxSchedules
            );

        public NumberOption Random { get; } =
            new(
                "--random",
                "then draw this many schedules, unless all were seen",
                0,
                int.MaxValue,
                (ulong)s_default.RandomSchedules
            );

        public NumberOption Seed { get; } =
            new("--seed", "where the random schedules come from", 0, ulong.MaxValue, s_default.Seed);

        public ExploreOptions ValueOf(ParseResult parsed) =>
            new(
                (int)Bound.ValueOf(parsed),
                (int)Schedules.ValueOf(parsed),
                (int)Random.ValueOf(parsed),
                Seed.ValueOf(parsed)
            );
    }
}
