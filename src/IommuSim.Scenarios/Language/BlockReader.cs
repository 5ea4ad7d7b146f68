namespace IommuSim.Scenarios.Language;

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
        {
            sink.Error(_labels.Values.First().Span, "an exploration needs two tasks at least: blocks 'P0:' and 'P1:'");
        }
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
        {
            sink.Error(word.Span, "the blocks stand in their order: P0, P1, ..., then finally");
        }

        if (_clauses.Count > 0)
            sink.Error(word.Span, "a block stands before the clauses that judge the schedules");
    }
}
