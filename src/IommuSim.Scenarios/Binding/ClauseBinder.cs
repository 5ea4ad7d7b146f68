using System.Collections.Immutable;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the clauses of an exploration to kernels and to the steps they speak of.</summary>
internal sealed class ClauseBinder(BindContext context, Scenario scenario)
{
    /// <summary>A label that two steps of a block share.</summary>
    private const int Ambiguous = -1;

    private readonly Dictionary<string, int> _steps = Label(scenario.Steps);

    public ImmutableArray<BoundClause> Bind()
    {
        var bound = ImmutableArray.CreateBuilder<BoundClause>();
        foreach (var clause in scenario.Clauses)
        {
            foreach (var selector in clause.Selectors)
                OutcomeBinder.CheckSelector(selector, context);
            var facts = clause.Facts.Select(Bind).ToArray();
            if (facts.All(f => f is not null))
                bound.Add(new BoundClause(clause, [.. facts!]));
        }

        return bound.ToImmutable();
    }

    private BoundFact? Bind(ClauseFact fact) =>
        fact switch
        {
            ReportFact report => new BoundFact(report.Title.Text, -1, Killed: false, Errno.OK),
            KilledFact => new BoundFact(null, -1, Killed: true, Errno.OK),
            ResultFact result => BindResult(result),
            _ => throw new ArgumentOutOfRangeException(nameof(fact)),
        };

    private BoundFact? BindResult(ResultFact fact)
    {
        var shown = Token.Shorten(fact.Step.Text);
        var errno = Errno.OK;
        if (fact.Kind == OutcomeKind.Errno && !OutcomeBinder.TryErrno(fact.Result.Text, out errno))
        {
            OutcomeBinder.UnknownErrno(fact.Result, context.Sink);
            return null;
        }

        if (!_steps.TryGetValue(fact.Step.Text, out var step))
        {
            var all = string.Join(", ", _steps.Keys);
            context.Sink.Error(
                fact.Step.Span,
                $"'{shown}' is no step of a task; they are {all}",
                NearestWord.Find(fact.Step.Text, _steps.Keys)
            );
            return null;
        }

        if (step != Ambiguous)
            return new BoundFact(null, step, fact.Kind == OutcomeKind.Killed, errno);
        context.Sink.Error(
            fact.Step.Span,
            $"'{shown}' can be more than one step; name the one that is meant: NAME = VERB ..."
        );
        return null;
    }

    /// <summary>Block and name of every step that is no set-up; without a name the verb.</summary>
    private static Dictionary<string, int> Label(IReadOnlyList<Step> steps)
    {
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            if (step.Block == StepBlock.Setup)
                continue;
            var label = $"{StepBlock.NameOf(step.Block)}.{(step.Result ?? step.Verb).Text}";
            if (!labels.TryAdd(label, i))
                labels[label] = Ambiguous;
        }

        return labels;
    }
}
