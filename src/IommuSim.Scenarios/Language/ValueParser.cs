using System.Text;

namespace IommuSim.Scenarios.Language;

/// <summary>
/// Reads values by recursive descent. A method that returns null has reported why, and the rest of
/// the line is given up.
/// </summary>
internal sealed class ValueParser(TokenCursor cursor, DiagnosticSink sink)
{
    /// <summary>Bounds the recursion; a kernel struct nests two or three deep.</summary>
    public const int DeepestNesting = 32;

    private int _depth;

    /// <summary>A word used as a name; <paramref name="what"/> names it in the error.</summary>
    public Identifier? Name(string what)
    {
        if (cursor.Current.Kind != TokenKind.Word)
        {
            sink.Expected(what, cursor.Current);
            return null;
        }

        var word = cursor.Take();
        return new Identifier(word.Text, word.Span);
    }

    /// <summary>name=value, made into a node by the caller; no name may come twice.</summary>
    public T? Assignment<T>(string what, HashSet<string> seen, Func<Identifier, Value, SourceSpan, T> make)
        where T : class
    {
        var first = cursor.Current;
        var name = Name(what);
        if (name is null)
            return null;
        var shown = Token.Shorten(name.Text);
        if (!seen.Add(name.Text))
            sink.Error(name.Span, $"'{shown}' is given twice");
        if (!cursor.TakeIf(TokenKind.Equals))
        {
            sink.Expected($"'=' after '{shown}'", cursor.Current);
            return null;
        }

        return Parse() is { } value ? make(name, value, cursor.Since(first)) : null;
    }

    public Value? Parse()
    {
        var first = cursor.Current;
        Value? value = first.Kind switch
        {
            TokenKind.Number or TokenKind.Minus or TokenKind.Tilde => NumberOrRange(),
            TokenKind.Word => WordOrCompound(),
            TokenKind.OpenBracket => List(),
            TokenKind.String => Quoted(),
            _ => Nothing(),
        };
        return value is not null && cursor.Current.Kind == TokenKind.Pipe ? Flags(first, value) : value;
    }

    /// <summary>Quoted text; the caller has seen that it is there.</summary>
    public StringValue Quoted()
    {
        var token = cursor.Take();
        var text = new StringBuilder();
        for (int i = 1; i < token.Text.Length - 1; i++)
        {
            var escape = token.Text[i] == '\\';
            if (escape && token.Text[i + 1] is not ('"' or '\\'))
            {
                var span = token.Span with { Column = token.Span.Column + i, Length = 2 };
                sink.Error(span, "only \\\" and \\\\ are escapes in a string");
            }

            i += escape ? 1 : 0;
            text.Append(token.Text[i]);
        }

        return new StringValue(text.ToString(), token.Span);
    }

    /// <summary>{name=value, ...}; the opening brace is current.</summary>
    public List<T>? Fields<T>(Func<Identifier, Value, SourceSpan, T> make)
        where T : class
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Items(TokenKind.CloseBrace, "}", () => Assignment("a field name", seen, make));
    }

    /// <summary>
    /// Items with commas between them up to <paramref name="close"/>; the opening token is current.
    /// </summary>
    private List<T>? Items<T>(TokenKind close, string closeText, Func<T?> item)
        where T : class
    {
        var open = cursor.Take();
        if (_depth == DeepestNesting)
        {
            sink.Error(open.Span, $"values nest {DeepestNesting} deep at most");
            return null;
        }

        _depth++;
        var items = new List<T>();
        var closed = cursor.TakeIf(close);
        while (!closed)
        {
            if (item() is not { } next)
                return null;
            items.Add(next);
            closed = cursor.TakeIf(close);
            if (!closed && !cursor.TakeIf(TokenKind.Comma))
            {
                sink.Expected($"',' or '{closeText}'", cursor.Current);
                return null;
            }
        }

        _depth--;
        return items;
    }

    private Value? Nothing()
    {
        sink.Expected("a value", cursor.Current);
        return null;
    }

    private Value? NumberOrRange()
    {
        var first = cursor.Current;
        NumberValue? number = Number();
        if (number is null || cursor.Current.Kind != TokenKind.Minus || !cursor.Previous.Touches(cursor.Current))
            return number;
        var dash = cursor.Take();
        var plain = dash.Touches(cursor.Current) && cursor.Current.Kind == TokenKind.Number;
        if (!plain || number.Form != NumberForm.Plain)
        {
            var span = plain ? first.Span.Through(cursor.Current.Span) : dash.Span;
            sink.Error(span, "a range is FIRST-LAST, both plain numbers and no blanks");
            return null;
        }

        ulong last = Plain(cursor.Take());
        return new RangeValue(number.Bits, last, cursor.Since(first));
    }

    private NumberValue? Number()
    {
        var first = cursor.Current;
        NumberForm form = first.Kind switch
        {
            TokenKind.Minus => NumberForm.Negative,
            TokenKind.Tilde => NumberForm.Complement,
            _ => NumberForm.Plain,
        };
        if (form != NumberForm.Plain)
        {
            cursor.Take();
            if (cursor.Current.Kind != TokenKind.Number || !first.Touches(cursor.Current))
            {
                sink.Expected($"a plain number right after '{first.Text}'", cursor.Current);
                return null;
            }
        }

        ulong bits = Plain(cursor.Take());
        var span = cursor.Since(first);
        if (form == NumberForm.Negative && bits > NumberSyntax.LargestNegative)
            sink.Error(span, "the number does not fit in 64 bits; the least is -2^63");
        return form switch
        {
            NumberForm.Negative => new NumberValue(unchecked(0 - bits), form, span),
            NumberForm.Complement => new NumberValue(~bits, form, span),
            _ => new NumberValue(bits, form, span),
        };
    }

    /// <summary>
    /// A number that cannot be read is reported and counts as 0: the line goes on.
    /// </summary>
    private ulong Plain(Token token)
    {
        switch (NumberSyntax.Read(token.Text, out ulong number))
        {
            case NumberSyntax.Verdict.TooLarge:
                sink.Error(token.Span, $"'{Token.Shorten(token.Text)}' does not fit in 64 bits");
                break;
            case NumberSyntax.Verdict.NotANumber:
                sink.Error(
                    token.Span,
                    $"'{Token.Shorten(token.Text)}' is not a number; write decimal digits, with "
                        + "K, M or G if needed, or 0x and hex digits",
                    NumberSyntax.InProperCase(token.Text)
                );
                break;
            default:
                break;
        }

        return number;
    }

    private Value? WordOrCompound()
    {
        var word = cursor.Take();
        var name = new Identifier(word.Text, word.Span);
        if (cursor.Current.Kind == TokenKind.OpenParen)
        {
            List<Value>? arguments = Items(TokenKind.CloseParen, ")", Parse);
            return arguments is null ? null : new CallValue(name, arguments, cursor.Since(word));
        }

        if (cursor.Current.Kind == TokenKind.OpenBrace)
        {
            List<FieldInitializer>? fields = Fields((n, v, s) => new FieldInitializer(n, v, s));
            return fields is null ? null : new StructValue(name, fields, cursor.Since(word));
        }

        var plain = new WordValue(word.Text, word.Span);
        return cursor.TakeIf(TokenKind.Plus) ? Sum(plain, word) : plain;
    }

    private SumValue? Sum(WordValue name, Token first)
    {
        if (cursor.Current.Kind == TokenKind.Number)
            return Number() is { } number ? new SumValue(name, number, cursor.Since(first)) : null;
        sink.Expected("a number after '+'", cursor.Current);
        return null;
    }

    private ListValue? List()
    {
        var open = cursor.Current;
        List<Value>? items = Items(TokenKind.CloseBracket, "]", Parse);
        return items is null ? null : new ListValue(items, cursor.Since(open));
    }

    private FlagsValue? Flags(Token first, Value firstTerm)
    {
        if (firstTerm is not (WordValue or NumberValue))
        {
            sink.Error(cursor.Current.Span, "'|' joins words and numbers only");
            return null;
        }

        var terms = new List<Value> { firstTerm };
        while (cursor.TakeIf(TokenKind.Pipe))
        {
            Value? term = cursor.Current.Kind switch
            {
                TokenKind.Word => new WordValue(cursor.Current.Text, cursor.Take().Span),
                TokenKind.Number or TokenKind.Minus or TokenKind.Tilde => Number(),
                _ => null,
            };
            if (term is null)
            {
                // Number() has reported its own errors.
                if (cursor.Previous.Kind == TokenKind.Pipe)
                    sink.Expected("a word or a number after '|'", cursor.Current);
                return null;
            }

            terms.Add(term);
        }

        return new FlagsValue(terms, cursor.Since(first));
    }
}
