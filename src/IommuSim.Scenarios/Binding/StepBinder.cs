using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the steps of a scenario in their order, each with its outcomes.</summary>
internal sealed class StepBinder(BindContext context)
{
    private readonly List<StepAction?> _actions = [];

    public List<BoundStep> Bind(IReadOnlyList<Step> steps)
    {
        var outcomes = new OutcomeBinder(context, _actions);
        var bound = new List<BoundStep>();
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            context.Names.Horizon = i;
            context.Names.Block = step.Block;
            var caller = TakeCaller(step, out var call);
            var action = BindAction(call, i);
            _actions.Add(action);
            outcomes.Check(step);
            if (action is null)
                continue;
            var index = i;
            var next = new BoundStep(step, action, k => outcomes.Bind(step, index, k)) { Caller = caller };
            foreach (var kernel in context.Kernels)
            {
                context.Names.Horizon = i;
                action.Prepare(kernel);
                context.Names.Horizon = i + 1;
                next.StatementFor(kernel);
            }

            bound.Add(next);
        }

        context.Names.Horizon = int.MaxValue;
        context.Names.Block = StepBlock.Setup;
        return bound;
    }

    /// <summary>Any step may be made by a child; what is left says what the child does.</summary>
    private StepCaller? TakeCaller(Step step, out Step call)
    {
        call = step;
        if (step.Arguments.FirstOrDefault(a => a.Name?.Text == Step.By) is not { } by)
            return null;
        call = step with { Arguments = [.. step.Arguments.Where(a => a != by)] };
        if (step.Block == StepBlock.Setup)
            return MemoryStepBinder.Caller(by.Value, context);
        context.Sink.Error(by.Span, "by= stands in the set-up; a task makes its steps itself");
        return null;
    }

    private StepAction? BindAction(Step step, int index)
    {
        if (context.Catalog.Verbs.Find(step.Verb.Text) is { } ioctl)
        {
            var kind = IoctlStepBinder.IdFields(ioctl).Any() ? NameKind.Id : NameKind.NoNumber;
            return new IoctlStepBinder(context).Bind(step, ioctl, Result(step, index, kind));
        }

        if (CallStepBinder.Verbs.FirstOrDefault(v => v.Word == step.Verb.Text) is { } verb)
            return verb.Bind(new CallStepBinder(context, step), Result(step, index, verb.Result));
        UnknownVerb(step, index);
        return null;
    }

    /// <summary>
    /// The name is bound all the same: later steps that use it are not wrong too.
    /// </summary>
    private void UnknownVerb(Step step, int index)
    {
        Result(step, index, NameKind.Id);
        var calls = CallStepBinder.Verbs.Select(v => v.Word).ToArray();
        context.Sink.Error(
            step.Verb.Span,
            $"unknown verb '{Token.Shorten(step.Verb.Text)}'; a step is an ioctl, "
                + $"a test operation, or one of {string.Join(", ", calls)}",
            NearestWord.Find(step.Verb.Text, calls.Concat(context.Catalog.Verbs.Names))
        );
    }

    private BoundName? Result(Step step, int index, NameKind kind) =>
        step.Result is { } result ? context.Names.Bind(result, kind, step.Verb.Text, index) : null;
}
