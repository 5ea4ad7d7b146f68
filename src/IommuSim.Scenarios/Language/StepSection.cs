namespace IommuSim.Scenarios.Language;

/// <summary>Reads the steps and, indented under each, its outcomes.</summary>
internal sealed class StepSection(SourceText source, DiagnosticSink sink)
{
    private readonly List<Step> _steps = [];
    private readonly BlockReader _blocks = new(sink);
    private List<Outcome> _outcomes = [];

    /// <summary>
    /// Set by a malformed step too: the outcomes under it are read as usual and then dropped.
    /// </summary>
    private bool _anyStep;

    /// <summary>What is stated of all schedules; known once the steps are read.</summary>
    public IReadOnlyList<Clause> Clauses => _blocks.Clauses;

    public List<Step> Read(int firstLine)
    {
        var number = firstLine;
        while (number <= source.Lines.Count)
        {
            var line = source.Line(number);
            if (ScenarioParser.IsEmpty(line))
            {
                number++;
                continue;
            }

            var cursor = JoinLines(ref number);
            if (cursor.AtEnd)
                continue;
            if (LineTokenizer.IsBlank(line[0]))
                ReadOutcome(cursor);
            else
                ReadStep(cursor);
        }

        _blocks.Finish();
        return _steps;
    }

    /// <summary>The tokens of a line and of those its trailing backslashes add to it.</summary>
    private TokenCursor JoinLines(ref int number)
    {
        var tokens = new List<Token>();
        var start = new SourceSpan(number, 1, 0);
        LineTokenizer.Tokenize(source.Line(number), number, tokens);
        number++;
        while (tokens.Count > 0 && tokens[^1].Kind == TokenKind.Backslash)
        {
            var backslash = tokens[^1];
            tokens.RemoveAt(tokens.Count - 1);
            if (ScenarioParser.IsEmpty(source.Line(number)))
            {
                sink.Error(backslash.Span, "the line this backslash continues on is empty");
                break;
            }

            LineTokenizer.Tokenize(source.Line(number), number, tokens);
            number++;
        }

        return new TokenCursor(tokens, start);
    }

    private void ReadOutcome(TokenCursor cursor)
    {
        if (!_anyStep)
        {
            sink.Error(
                cursor.Current.Span,
                "an indented line states an outcome, but no step stands above it; " + "steps begin in column 1"
            );
            return;
        }

        if (new OutcomeParser(cursor, sink).Parse() is { } outcome)
        {
            if (_blocks.Current != StepBlock.Setup)
            {
                sink.Error(
                    outcome.Span,
                    "what a concurrent step does depends on the schedule; state it by a clause "
                        + "at the end, as in 'always: P0.STEP = OK'"
                );
            }

            CheckAgainstOthers(outcome);
            _outcomes.Add(outcome);
        }
    }

    /// <summary>
    /// Two statements that speak of the same kernels could contradict each other.
    /// </summary>
    private void CheckAgainstOthers(Outcome outcome)
    {
        foreach (Outcome other in _outcomes)
        {
            if (outcome.IsOtherwise && other.IsOtherwise)
            {
                sink.Error(outcome.Span, "a second 'otherwise' for the same step");
                return;
            }

            if (IsForEveryKernel(outcome) || IsForEveryKernel(other))
            {
                sink.Error(
                    outcome.Span,
                    "an outcome without selectors is for every kernel and must be the only one "
                        + "of its step; write 'otherwise:' for the remaining kernels"
                );
                return;
            }
        }
    }

    private static bool IsForEveryKernel(Outcome outcome) => !outcome.IsOtherwise && outcome.Selectors.Count == 0;

    private void ReadStep(TokenCursor cursor)
    {
        _anyStep = false;
        _outcomes = [];
        if (_blocks.TryRead(cursor))
            return;
        _anyStep = true;
        if (LooksLikeHeader(cursor) || LooksLikeOutcome(cursor))
            return;
        var first = cursor.Current;
        var values = new ValueParser(cursor, sink);
        Identifier? result = null;
        if (cursor.At(1).Kind == TokenKind.Equals)
        {
            result = values.Name("a name for the result before '='");
            cursor.TakeIf(TokenKind.Equals);
            if (result is null)
                return;
        }

        var verb = values.Name("a step, [RESULT =] VERB arguments");
        if (verb is not null && ReadArguments(cursor, values) is { } arguments)
        {
            var step = new Step(result, verb, arguments, _outcomes, cursor.Since(first)) { Block = _blocks.Current };
            _steps.Add(step);
            _blocks.Count(step.Span);
        }
    }

    private List<Argument>? ReadArguments(TokenCursor cursor, ValueParser values)
    {
        var arguments = new List<Argument>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!cursor.AtEnd)
        {
            var first = cursor.Current;
            Argument? argument;
            if (cursor.At(1).Kind == TokenKind.Equals)
                argument = values.Assignment("an argument name", seen, (n, v, s) => new Argument(n, v, s));
            else
            {
                var value = values.Parse();
                argument = value is null ? null : new Argument(null, value, cursor.Since(first));
            }

            if (argument is null)
                return null;
            if (argument.Name is null && seen.Count > 0)
                sink.Error(argument.Span, "arguments without a name come before those with one");
            arguments.Add(argument);
        }

        return arguments;
    }

    private bool LooksLikeHeader(TokenCursor cursor)
    {
        var word = cursor.Current;
        var colon = word.Text == HeaderKeywords.Device && cursor.At(1).Kind == TokenKind.Word ? 2 : 1;
        if (!HeaderKeywords.Contains(word.Text) || cursor.At(colon).Kind != TokenKind.Colon)
            return false;
        string message =
            word.Text == HeaderKeywords.Steps
                ? "duplicate header 'steps'"
                : $"the header '{word.Text}' must stand before 'steps:'";
        sink.Error(word.Span, message);
        return true;
    }

    private bool LooksLikeOutcome(TokenCursor cursor)
    {
        var word = cursor.Current;
        var result = OutcomeParser.IsResult(word) && cursor.At(1).Kind != TokenKind.Equals;
        if (!result && !OutcomeParser.StartsWithSelectors(cursor))
            return false;
        string message = result
            ? "an outcome must be indented under its step"
            : "a step has no ':' and an outcome must be indented under its step";
        sink.Error(word.Span, message);
        return true;
    }
}
