namespace IommuSim.Scenarios.Language;

/// <summary>Reads one clause line: KIND [SELECTORS]: FACT [, FACT]*.</summary>
internal sealed class ClauseParser(TokenCursor cursor, DiagnosticSink sink)
{
    private const string Report = "report";
    private const string Killed = "killed";
    private const string Form = "report \"title\", killed or P0.STEP = RESULT";

    private static readonly string[] s_kinds = [.. Enum.GetNames<ClauseKind>().Select(name => name.ToLowerInvariant())];

    private static readonly string[] s_facts = [Report, Killed];

    private readonly ValueParser _values = new(cursor, sink);

    /// <summary>Whether the line begins with the word of a clause.</summary>
    public static bool StartsHere(TokenCursor cursor) =>
        Array.IndexOf(s_kinds, cursor.Current.Text) >= 0 && OutcomeParser.StartsWithSelectors(cursor);

    /// <summary>The word that was probably meant in front of a colon.</summary>
    public static string? Nearest(string word) => NearestWord.Find(word, s_kinds.Concat(StepBlock.Labels));

    /// <summary>Null, with the error reported, if the line is malformed.</summary>
    public Clause? Parse()
    {
        var first = cursor.Take();
        var kind = (ClauseKind)Array.IndexOf(s_kinds, first.Text);
        if (KernelSelectorParser.ParseAll(cursor, sink) is not { } selectors)
            return null;
        if (!cursor.TakeIf(TokenKind.Colon))
        {
            sink.Expected("another kernel or ':'", cursor.Current);
            return null;
        }

        var facts = new List<ClauseFact>();
        do
        {
            if (ParseFact() is not { } fact)
                return null;
            facts.Add(fact);
        } while (cursor.TakeIf(TokenKind.Comma));

        if (cursor.AtEnd)
            return new Clause(kind, selectors, facts, cursor.Since(first));
        sink.Expected("',' or the end of the line", cursor.Current);
        return null;
    }

    private ClauseFact? ParseFact()
    {
        var first = cursor.Current;
        switch (first)
        {
            case { Kind: TokenKind.Word, Text: Report }:
                return ParseReport();
            case { Kind: TokenKind.Word, Text: Killed }:
                cursor.Take();
                return new KilledFact(first.Span);
            case { Kind: TokenKind.Word } when cursor.At(1).Kind == TokenKind.Equals:
                return ParseResult();
            default:
                sink.Expected(Form, first, NearestWord.Find(first.Text, s_facts));
                return null;
        }
    }

    private ReportFact? ParseReport()
    {
        var first = cursor.Take();
        if (cursor.Current.Kind != TokenKind.String)
        {
            sink.Expected("the title of the report as a \"string\"", cursor.Current);
            return null;
        }

        var title = _values.Quoted();
        if (title.Text.Length == 0)
            sink.Error(title.Span, "the title of a report is not empty");
        return new ReportFact(title, cursor.Since(first));
    }

    private ResultFact? ParseResult()
    {
        var first = cursor.Take();
        cursor.Take();
        var word = cursor.Current;
        if (!OutcomeParser.IsResult(word))
        {
            sink.Expected("OK, killed or an errno name such as EINVAL", word);
            return null;
        }

        cursor.Take();
        return new ResultFact(
            new Identifier(first.Text, first.Span),
            OutcomeParser.KindOf(word),
            new Identifier(word.Text, word.Span),
            cursor.Since(first)
        );
    }
}

/// <summary>Follows the blocks and clauses of an exploration while its steps are read.</summary>
internal sealed class BlockReader(DiagnosticSink sink)
{
    private readonly List<Clause> _clauses = [];
    private readonly Dictionary<int, Identifier> _labels = [];
    private readonly HashSet<int> _filled = [];

    /// <summary>The block that the next step belongs to.</summary>
    public int Current { get; private set; } = StepBlock.Setup;

    public IReadOnlyList<Clause> Clauses => _clauses;

    /// <summary>Reads a label or a clause; false when the line is neither.</summary>
    public bool TryRead(TokenCursor cursor)
    {
        var word = cursor.Current;
        if (word.Kind != TokenKind.Word)
            return false;
        if (ClauseParser.StartsHere(cursor))
        {
            ReadClause(cursor);
            return true;
        }

        if (cursor.At(1).Kind != TokenKind.Colon)
            return false;
        if (StepBlock.Find(word.Text) is { } block)
        {
            Open(cursor, block);
            return true;
        }

        if (HeaderKeywords.Contains(word.Text) || ClauseParser.Nearest(word.Text) is not { } near)
            return false;
        var blocks = string.Join(", ", StepBlock.Labels);
        sink.Error(word.Span, $"'{Token.Shorten(word.Text)}' begins no block; they are {blocks}", near);
        return true;
    }

    /// <summary>The step counts for its block, and stands where a step may stand.</summary>
    public void Count(SourceSpan step)
    {
        _filled.Add(Current);
        if (_clauses.Count > 0)
            sink.Error(step, "a step stands before the clauses that judge the schedules");
    }

    /// <summary>Reports blocks that are missing or empty.</summary>
    public void Finish()
    {
        foreach (var (block, label) in _labels)
        {
            if (!_filled.Contains(block))
                sink.Error(label.Span, $"the block '{label}:' has no step");
        }

        if (_labels.Count > 0 && !_labels.ContainsKey(1))
            sink.Error(_labels.Values.First().Span, "an exploration needs two tasks at least: blocks 'P0:' and 'P1:'");
        else if (_labels.Count == 0 && _clauses.Count > 0)
        {
            sink.Error(
                _clauses[0].Span,
                "a clause speaks of schedules, and there is only one without blocks 'P0:' and 'P1:'"
            );
        }
    }

    private void ReadClause(TokenCursor cursor)
    {
        if (new ClauseParser(cursor, sink).Parse() is { } clause)
            _clauses.Add(clause);
    }

    private void Open(TokenCursor cursor, int block)
    {
        var word = cursor.Take();
        cursor.Take();
        if (!cursor.AtEnd)
            sink.Expected($"the end of the line after '{word.Text}:'", cursor.Current);
        Current = block;
        if (!_labels.TryAdd(block, new Identifier(word.Text, word.Span)))
        {
            var first = _labels[block].Span.Line;
            sink.Error(word.Span, $"duplicate block '{word.Text}'; the first is on line {first}");
        }
        else if (StepBlock.IsTask(block) && _labels.Count != block + 1)
            sink.Error(word.Span, "the blocks stand in their order: P0, P1, ..., then finally");
        if (_clauses.Count > 0)
            sink.Error(word.Span, "a block stands before the clauses that judge the schedules");
    }
}
