using System.Collections.Immutable;
using IommuSim.Kernels;
using IommuSim.Scenarios.Catalog;
using IommuSim.Scenarios.Language;
using IommuSim.Scenarios.Running;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Binding;

/// <summary>Binds the outcomes of a step to the kernels that they speak of.</summary>
internal sealed class OutcomeBinder(BindContext context, IReadOnlyList<StepAction?> actions)
{
    private static readonly string[] s_errnos =
    [
        .. Enum.GetNames<Errno>().Where(name => name is not (nameof(Errno.OK) or nameof(Errno.ENOIOCTLCMD))),
    ];

    /// <summary>Reports what is wrong with the outcomes whatever the kernel is.</summary>
    public void Check(Step step)
    {
        var before = context.Sink.Count;
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var outcome in step.Outcomes)
        {
            foreach (var selector in outcome.Selectors)
                CheckSelector(selector, lines);
            if (outcome.Kind == OutcomeKind.Errno && !TryErrno(outcome.Result.Text, out _))
                UnknownErrno(outcome.Result, context.Sink);
        }

        if (step.Outcomes.Count > 0 && before == context.Sink.Count)
            CheckMissing(step);
    }

    /// <summary>
    /// What is stated of this kernel; null when the step states outcomes, and none of this kernel.
    /// </summary>
    public Statement? Bind(Step step, int index, KernelNode kernel)
    {
        if (step.Outcomes.Count == 0)
            return Statement.Succeeds;
        if (OutcomeSelection.Select(step.Outcomes, kernel) is not { } outcome)
            return null;
        TryErrno(outcome.Result.Text, out var errno);
        var outputs = ImmutableArray.CreateBuilder<ExpectedField>();
        foreach (var field in outcome.Fields)
        {
            if (BindOutput(step, actions[index]!, field, kernel) is { } expected)
                outputs.Add(expected);
        }

        var memory = ImmutableArray.CreateBuilder<ExpectedMemory>();
        foreach (var read in outcome.Memory)
        {
            if (BindMemory(step, index, read, kernel) is { } expected)
                memory.Add(expected);
        }

        return new Statement(outcome, outcome.Kind, errno, outputs.ToImmutable(), memory.ToImmutable());
    }

    public static bool TryErrno(string text, out Errno errno)
    {
        errno = Errno.OK;
        return Array.IndexOf(s_errnos, text) >= 0 && Enum.TryParse(text, out errno);
    }

    public static void UnknownErrno(Identifier result, DiagnosticSink sink)
    {
        var name = Token.Shorten(result.Text);
        var all = string.Join(", ", s_errnos);
        sink.Error(
            result.Span,
            $"'{name}' is no errno that a modelled ioctl answers; they are {all}",
            NearestWord.Find(result.Text, s_errnos)
        );
    }

    /// <summary>Reports a selector that selects nothing; false for an unknown kernel.</summary>
    public static bool CheckSelector(KernelSelector selector, BindContext context)
    {
        if (context.Catalog.Find(selector.Name) is null)
        {
            KernelBinder.Unknown(selector, context.Catalog, context.Sink);
            return false;
        }

        if (!context.Kernels.Any(k => OutcomeSelection.DistanceOf(selector, k) is not null))
        {
            context.Sink.Error(selector.Span, $"'{selector}' selects no kernel that the header 'kernels:' names");
        }

        return true;
    }

    private void CheckSelector(KernelSelector selector, Dictionary<string, int> lines)
    {
        if (!CheckSelector(selector, context))
            return;
        if (!lines.TryAdd(selector.ToString(), selector.Span.Line))
        {
            var first = lines[selector.ToString()];
            context.Sink.Error(selector.Span, $"the outcome on '{selector}' is stated already, on line {first}");
        }
    }

    private void CheckMissing(Step step)
    {
        string[] missing =
        [
            .. context.Kernels.Where(k => OutcomeSelection.Select(step.Outcomes, k) is null).Select(k => k.Name),
        ];
        if (missing.Length > 0)
        {
            var all = string.Join(", ", missing);
            context.Sink.Error(
                step.Span,
                $"step at line {step.Span.Line} states no outcome for {all}; " + "add one, or 'otherwise:'"
            );
        }
    }

    private ExpectedField? BindOutput(Step step, StepAction action, FieldExpectation expectation, KernelNode kernel)
    {
        var name = expectation.Name;
        if (action.FindOutput(name.Text, kernel) is { } output)
            return BindField(expectation, output);
        string[] known = [.. action.Outputs(kernel).Select(o => o.Name)];
        var has = known.Length == 0 ? "it has no outputs" : $"it has {string.Join(", ", known)}";
        context.Sink.Error(
            name.Span,
            $"'{step.Verb}' has no output '{Token.Shorten(name.Text)}' on {kernel}; {has}",
            NearestWord.Find(name.Text, known)
        );
        return null;
    }

    private ExpectedField? BindField(FieldExpectation expectation, OutputField field)
    {
        if (field.Words is { } words)
            return BindWord(expectation, field, words);
        var terms = context.Values.Field(expectation.Value, field.Place, expectation.Name.Text);
        return terms is null ? null : new ExpectedField(field, [.. terms]);
    }

    private ExpectedField? BindWord(FieldExpectation expectation, OutputField field, IReadOnlyList<string> words)
    {
        var word = (expectation.Value as WordValue)?.Text ?? "";
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == word)
                return new ExpectedField(field, [ValueTerms.Of((ulong)i)]);
        }

        context.Sink.Error(
            expectation.Value.Span,
            $"'{field.Name}' is one of {string.Join(", ", words)}",
            NearestWord.Find(word, words)
        );
        return null;
    }

    private ExpectedMemory? BindMemory(Step step, int index, MemoryExpectation read, KernelNode kernel)
    {
        if (FindMemory(step, index, read.Name) is not { } found)
            return null;
        var fields = new MemoryFields(context, found.Action, found.Memory, kernel);
        var expected = ImmutableArray.CreateBuilder<ExpectedField>();
        foreach (var field in read.Fields)
        {
            if (fields.Find(field, read) is { } place && BindField(field, place) is { } bound)
                expected.Add(bound);
        }

        var argument = found.ByArgument ? found.Memory.Argument : null;
        return new ExpectedMemory(read.Name.Text, found.Step, argument, expected.ToImmutable());
    }

    /// <summary>By the name of the step's own argument, else by the name of a result.</summary>
    private FoundMemory? FindMemory(Step step, int index, Identifier name)
    {
        var own = actions[index]!;
        var argument = own.Memory.FirstOrDefault(m => m.Argument == name.Text);
        if (argument is not null)
            return new FoundMemory(own, argument, index, ByArgument: true);
        var isOwn = step.Result?.Text == name.Text;
        var from = isOwn ? index : context.Names.Find(name.Text)?.Step ?? -1;
        if (from >= 0 && actions[from]?.Memory is [var first, ..])
            return new FoundMemory(actions[from]!, first, from, ByArgument: false);
        var shown = Token.Shorten(name.Text);
        var known = own.Memory.Select(m => m.Argument).Concat(context.Names.Names);
        context.Sink.Error(
            name.Span,
            from >= 0
                ? $"the step that made '{shown}' passes no memory"
                : $"'{shown}' is neither memory that the step passes nor an earlier result",
            NearestWord.Find(name.Text, known)
        );
        return null;
    }

    private sealed record FoundMemory(StepAction Action, PassedMemory Memory, int Step, bool ByArgument);
}
