namespace IommuSim.Scenarios.Language;

/// <summary>Reads one outcome line: [SELECTORS:] RESULT field=value* [, clause]*.</summary>
internal sealed class OutcomeParser(TokenCursor cursor, DiagnosticSink sink)
{
    private const string Ok = "OK";
    private const string Killed = "killed";
    private const string Otherwise = "otherwise";
    private const string Report = "report";
    private const string Reads = "reads";

    /// <summary>
    /// Only to guess what a misspelt result was meant to be; which names exist is for the binder.
    /// </summary>
    private static readonly string[] _results =
    [
        Ok,
        Killed,
        "EINVAL",
        "EFAULT",
        "ENOENT",
        "ENOMEM",
        "EBUSY",
        "EEXIST",
        "ENODEV",
        "EOPNOTSUPP",
        "EOVERFLOW",
        "ENOSPC",
        "EPERM",
        "EACCES",
        "E2BIG",
        "ENOTTY",
        "EIO",
        "EADDRINUSE",
        "EMSGSIZE",
        "EINTR",
        "EAGAIN",
        "ETIMEDOUT",
        "EDEADLK",
        "ENXIO",
        "ERANGE",
    ];

    private static readonly string[] _clauses = [Report, Reads];

    private readonly ValueParser _values = new(cursor, sink);

    /// <summary>Whether a line begins with words and then a colon.</summary>
    public static bool StartsWithSelectors(TokenCursor cursor)
    {
        var i = 0;
        while (cursor.At(i).Kind is TokenKind.Word or TokenKind.Plus)
            i++;
        return cursor.At(i).Kind == TokenKind.Colon;
    }

    public static bool IsResult(Token token) =>
        token.Kind == TokenKind.Word && (token.Text is Ok or Killed || IsErrnoName(token.Text));

    /// <summary>What a result word says.</summary>
    public static OutcomeKind KindOf(Token result) =>
        result.Text switch
        {
            Ok => OutcomeKind.Ok,
            Killed => OutcomeKind.Killed,
            _ => OutcomeKind.Errno,
        };

    /// <summary>Null, with the error reported, if the line is malformed.</summary>
    public Outcome? Parse()
    {
        var first = cursor.Current;
        var selectors = new List<KernelSelector>();
        var otherwise = false;
        var selected = StartsWithSelectors(cursor) || (!IsResult(first) && cursor.Holds(TokenKind.Colon));
        if ((selected && !ReadSelectors(selectors, out otherwise)) || !CheckResult())
            return null;
        var word = cursor.Take();
        var result = new Identifier(word.Text, word.Span);
        OutcomeKind kind = KindOf(word);
        var memory = new List<MemoryExpectation>();
        var reports = new List<StringValue>();
        return ReadFields() is { } fields && ReadClauses(memory, reports)
            ? new Outcome(selectors, otherwise, kind, result, fields, memory, reports, cursor.Since(first))
            : null;
    }

    private static bool IsErrnoName(string text)
    {
        if (text.Length < 2 || text[0] != 'E')
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c))
                return false;
        }

        return true;
    }

    private bool ReadSelectors(List<KernelSelector> selectors, out bool otherwise)
    {
        otherwise = false;
        var first = cursor.Current;
        if (KernelSelectorParser.ParseAll(cursor, sink) is not { } all)
            return false;
        if (all.Count == 0 || cursor.Current.Kind != TokenKind.Colon)
        {
            var what = all.Count == 0 ? "a kernel or 'otherwise' before ':'" : "another kernel or ':'";
            sink.Expected(what, cursor.Current);
            return false;
        }

        cursor.Take();
        otherwise = all.Exists(s => s.Name == Otherwise);
        if (otherwise && (all.Count > 1 || all[0].AndDescendants))
        {
            sink.Error(first.Span, "'otherwise' stands alone before its ':'");
            return false;
        }

        if (!otherwise)
            selectors.AddRange(all);
        return true;
    }

    private bool CheckResult()
    {
        var word = cursor.Current;
        if (IsResult(word))
            return true;
        for (int i = 0; cursor.At(i).Kind is TokenKind.Word or TokenKind.Plus; i++)
        {
            if (IsResult(cursor.At(i)))
            {
                var result = cursor.At(i);
                var shown = Token.Shorten(result.Text);
                sink.Error(result.Span, $"expected ':' between the kernels and '{shown}'");
                return false;
            }
        }

        string? nearest = word.Kind == TokenKind.Word ? NearestWord.Find(word.Text, _results) : null;
        sink.Expected("OK, killed or an errno name such as EINVAL", word, nearest);
        return false;
    }

    private List<FieldExpectation>? ReadFields()
    {
        var fields = new List<FieldExpectation>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (cursor.At(1).Kind == TokenKind.Equals && cursor.Current.Kind == TokenKind.Word)
        {
            FieldExpectation? field = _values.Assignment(
                "a field name",
                seen,
                (n, v, s) => new FieldExpectation(n, v, s)
            );
            if (field is null)
                return null;
            fields.Add(field);
        }

        return fields;
    }

    private bool ReadClauses(List<MemoryExpectation> memory, List<StringValue> reports)
    {
        while (!cursor.AtEnd)
        {
            if (!cursor.TakeIf(TokenKind.Comma))
            {
                var found = cursor.Current;
                var clause = found.Text is Report or Reads;
                sink.Expected(clause ? "',' before a clause" : "field=value or ','", found);
                return false;
            }

            var word = cursor.Current;
            bool good = word.Text switch
            {
                Report => ReadReport(reports),
                Reads => ReadMemory(memory),
                _ => false,
            };
            if (!good)
            {
                if (word.Text is not (Report or Reads))
                {
                    string? nearest = NearestWord.Find(word.Text, _clauses);
                    sink.Expected("'report \"title\"' or 'reads NAME{...}'", word, nearest);
                }

                return false;
            }
        }

        return true;
    }

    private bool ReadReport(List<StringValue> reports)
    {
        cursor.Take();
        if (cursor.Current.Kind != TokenKind.String)
        {
            sink.Expected("the title of the report as a \"string\"", cursor.Current);
            return false;
        }

        StringValue title = _values.Quoted();
        if (title.Text.Length == 0)
            sink.Error(title.Span, "the title of a report is not empty");
        reports.Add(title);
        return true;
    }

    private bool ReadMemory(List<MemoryExpectation> memory)
    {
        cursor.Take();
        var first = cursor.Current;
        if (_values.Name("the name of an argument or a result after 'reads'") is not { } name)
            return false;
        if (cursor.Current.Kind != TokenKind.OpenBrace)
        {
            sink.Expected($"'{{' after '{Token.Shorten(name.Text)}'", cursor.Current);
            return false;
        }

        if (_values.Fields((n, v, s) => new FieldExpectation(n, v, s)) is not { } fields)
            return false;
        memory.Add(new MemoryExpectation(name, fields, cursor.Since(first)));
        return true;
    }
}

/// <summary>Reads NAME and NAME+, in the kernels header and in front of an outcome.</summary>
internal static class KernelSelectorParser
{
    /// <summary>
    /// Selectors up to the first token that is none; null, with the error reported, if one is
    /// malformed.
    /// </summary>
    public static List<KernelSelector>? ParseAll(TokenCursor cursor, DiagnosticSink sink)
    {
        var selectors = new List<KernelSelector>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (cursor.Current.Kind == TokenKind.Word)
        {
            var name = cursor.Take();
            var plus = cursor.Current.Kind == TokenKind.Plus;
            if (plus && !name.Touches(cursor.Current))
            {
                sink.Error(cursor.Current.Span, "'+' must follow its kernel without a blank");
                return null;
            }

            cursor.TakeIf(TokenKind.Plus);
            if (!seen.Add(name.Text))
            {
                var shown = Token.Shorten(name.Text);
                sink.Error(name.Span, $"kernel '{shown}' is listed twice");
            }

            selectors.Add(new KernelSelector(name.Text, plus, cursor.Since(name)));
        }

        return selectors;
    }
}
