using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using IommuSim.Machine;
using IommuSim.Search.Draw;
using IommuSim.Search.Findings;
using IommuSim.Search.Oracles;
using IommuSim.Search.Programs;
using IommuSim.Search.Schedules;
using IommuSim.Search.Topics;

namespace IommuSim.Search.Searches;

/// <summary>Runs drawn races under every schedule up to a bound, and judges each run.</summary>
internal sealed class RaceSearch : IDisposable
{
    private const int MaxSchedules = 300;

    private readonly SequenceExecutor _executor;
    private readonly RaceDraw _draw;
    private readonly ScheduleExplorer _explorer = new();

    public RaceSearch(SearchTarget target)
    {
        _executor = new SequenceExecutor(target, IoctlTopics.Contracts, hasModel: false);
        _draw = new RaceDraw(target, _executor);
    }

    /// <summary>Schedules run.</summary>
    public long Schedules { get; private set; }

    /// <summary>Draws the race of this seed; null where no calls were found that meet.</summary>
    public Race? Draw(ulong seed) => _draw.Draw(seed);

    /// <summary>
    /// Explores a race, which may have been drawn on another kernel; returns the first finding that is not set aside,
    /// or null.
    /// </summary>
    /// <param name="isSetAside">Is asked of every title once; what is set aside does not end the race.</param>
    public RaceFinding? Explore(Race race, Func<string, bool> isSetAside)
    {
        RaceFinding? found = null;
        var known = new HashSet<string>(StringComparer.Ordinal);
        var options = new ExploreOptions(PreemptionBound: race.Bound, MaxSchedules: MaxSchedules);
        _explorer.Explore(
            () => new RaceProgram(_executor, race),
            options,
            (program, explorer) =>
            {
                Schedules++;
                if (Judge(program, race) is not { } title || known.Contains(title))
                    return true;
                var schedule = explorer.LastSchedule();
                var detail = Detail(program);
                if (isSetAside(title))
                    return known.Add(title);
                found = new RaceFinding(title, race, schedule, detail);
                return false;
            }
        );
        return found;
    }

    /// <summary>Everything that the race shows under any schedule that is run.</summary>
    public HashSet<string> TitlesOf(Race race)
    {
        var titles = new HashSet<string>(StringComparer.Ordinal);
        Explore(
            race,
            title =>
            {
                titles.Add(title);
                return true;
            }
        );
        return titles;
    }

    /// <summary>The state and the calls of each task, the schedule, its steps in columns, and the reports.</summary>
    public string Describe(RaceFinding found)
    {
        var prepared = found.Race.Prepared;
        // The ids that the tasks use are named where they are made.
        var sequence = prepared with
        {
            Calls = prepared.Calls.AddRange(found.Race.Calls),
        };
        var tasks = found.Race.Tasks.Length;
        var text = new StringBuilder();
        foreach (var call in prepared.Calls)
            text.Append(ScenarioWriter.Step(call, sequence)).Append('\n');
        for (var i = 0; i < tasks; i++)
        {
            foreach (var call in found.Race.Tasks[i])
                text.Append(CultureInfo.InvariantCulture, $"P{i}: {ScenarioWriter.Step(call, sequence)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"schedule {found.Schedule}\n");
        var program = new RaceProgram(_executor, found.Race);
        if (RecordedSchedule.TryParse(found.Schedule, Interleaving.MaxTasks, out var schedule, out _))
        {
            var steps = _explorer.Replay(program, schedule!);
            text.Append(ScheduleDiagram.Render(steps, tasks));
        }

        return text.Append(found.Detail).ToString();
    }

    public void Dispose() => _explorer.Dispose();

    /// <summary>What is wrong after a run, or null.</summary>
    private string? Judge(RaceProgram program, Race race)
    {
        var reports = program.Machine.Reports;
        if (reports.Count > program.ReportsBefore)
            return reports[program.ReportsBefore].Title;
        if (program.Title is not null || program.AnyoneDied)
            return program.Title ?? "a task died without a report";
        program.Machine.Decisions.Inject(DecisionKind.Allocation, 0);
        _executor.Resume(race.Prepared.Devices);
        return _executor.CheckState() ?? _executor.Finish()?.Title;
    }

    private static string Detail(RaceProgram program)
    {
        var reports = program.Machine.Reports.Skip(program.ReportsBefore);
        return string.Join('\n', reports.Select(r => r.Render()));
    }
}

/// <summary>A race that went wrong, and the schedule under which it did.</summary>
internal sealed record RaceFinding(string Title, Race Race, string Schedule, string Detail);
