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
