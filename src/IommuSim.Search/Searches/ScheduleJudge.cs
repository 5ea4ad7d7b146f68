using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Search.Oracles;
using IommuSim.Search.Schedules;

namespace IommuSim.Search.Searches;

/// <summary>Looks at every schedule of an exploration, and remembers the simplest one for each thing seen.</summary>
internal sealed class ScheduleJudge
{
    private readonly ExploredScenario _explored;
    private readonly HashSet<string> _allowed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Witness> _unexpected = new(StringComparer.Ordinal);
    private readonly Dictionary<BoundClause, Witness> _shown = [];
    private readonly Dictionary<BoundClause, Witness> _broken = [];

    public ScheduleJudge(ExploredScenario explored)
    {
        _explored = explored;
        foreach (var clause in explored.Clauses)
        {
            foreach (var fact in clause.Kind == ClauseKind.Never ? [] : clause.Facts)
            {
                if (fact.Title is { } title)
                    _allowed.Add(title);
            }
        }
    }

    /// <summary>Titles that no clause allows.</summary>
    public IEnumerable<Seen> Unexpected =>
        _unexpected.Keys.Order(StringComparer.Ordinal).Select(title => new Seen(title, _unexpected[title].Schedule));

    /// <summary>Clauses that some schedule breaks.</summary>
    public IEnumerable<Seen> Broken => Of(_broken);

    /// <summary>Clauses of the kind <c>sometimes</c> with a schedule that shows them.</summary>
    public IEnumerable<Seen> Shown => Of(_shown);

    /// <summary>Clauses of the kind <c>sometimes</c> that no schedule showed.</summary>
    public IEnumerable<BoundClause> NeverShown =>
        _explored.Clauses.Where(c => c.Kind == ClauseKind.Sometimes && !_shown.ContainsKey(c));

    public void Judge(ScenarioInterleaving program, ScheduleExplorer explorer)
    {
        program.Close();
        var reports = program.Machine.Reports;
        for (var i = 0; i < reports.Count; i++)
        {
            var title = reports[i].Title;
            if (!_allowed.Contains(title))
                Remember(_unexpected, title, explorer);
        }

        foreach (var violation in program.Violations)
        {
            var title = violation.Title;
            if (!_allowed.Contains(title))
                Remember(_unexpected, title, explorer);
        }

        foreach (var clause in _explored.Clauses)
            Judge(clause, program, explorer);
    }

    private void Judge(BoundClause clause, ScenarioInterleaving program, ScheduleExplorer explorer)
    {
        if (clause is { Kind: ClauseKind.Never, Facts: [{ Title: { } title }] } && !_allowed.Contains(title))
            return;
        var holds = true;
        foreach (var fact in clause.Facts)
            holds &= Holds(fact, program);
        if (clause.Kind == ClauseKind.Sometimes && holds)
            Remember(_shown, clause, explorer);
        else if (clause.Kind == ClauseKind.Never ? holds : clause.Kind == ClauseKind.Always && !holds)
            Remember(_broken, clause, explorer);
    }

    private IEnumerable<Seen> Of(Dictionary<BoundClause, Witness> witnesses) =>
        _explored
            .Clauses.Where(witnesses.ContainsKey)
            .Select(clause => new Seen(_explored.TextOf(clause), witnesses[clause].Schedule));

    private static bool Holds(BoundFact fact, ScenarioInterleaving program)
    {
        if (fact.Title is { } title)
        {
            foreach (var violation in program.Violations)
            {
                if (violation.Title == title)
                    return true;
            }

            var reports = program.Machine.Reports;
            for (var i = 0; i < reports.Count; i++)
            {
                if (reports[i].Title == title)
                    return true;
            }

            return false;
        }

        if (fact.Step < 0)
            return program.AnyoneDied;
        return program.ResultOf(fact.Step) is { } result
            && result.Killed == fact.Killed
            && (fact.Killed || result.Errno == fact.Errno);
    }

    /// <summary>
    /// Fewer changes of the processor make a better diagram; and so do steps at the accesses that race.
    /// </summary>
    private static void Remember<T>(Dictionary<T, Witness> witnesses, T key, ScheduleExplorer explorer)
        where T : notnull
    {
        var switches = explorer.LastSwitches;
        if (
            !witnesses.TryGetValue(key, out var known)
            || explorer.LastPoints != known.Points
            || switches < known.Switches
        )
        {
            witnesses[key] = new Witness(explorer.LastSchedule(), switches, explorer.LastPoints);
        }
    }

    /// <param name="Points">Later walks of an exploration have more of them.</param>
    private sealed record Witness(string Schedule, int Switches, string Points);
}

/// <summary>What an exploration saw, and a schedule that shows it.</summary>
/// <param name="Title">A report's title, or a clause as it is written.</param>
/// <param name="Schedule">Its replay string.</param>
internal sealed record Seen(string Title, string Schedule);
