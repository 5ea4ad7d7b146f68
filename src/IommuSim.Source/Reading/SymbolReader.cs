using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>What stands around the type and value of a function, variable or alias.</summary>
internal sealed class SymbolReader(IrLexer lexer, TypeReader types, ValueReader values, AttributeReader attributes)
{
    /// <param name="IsDeclared">Its definition is in another file.</param>
    /// <param name="IsWhole">Of a function: its result is <c>noundef</c>.</param>
    public readonly record struct Linkage(bool IsLocal, bool IsWeak, bool IsDeclared, bool IsWhole);

    public readonly record struct Tail(string? Section, uint Alignment);

    /// <summary>The words in front of a type, or of the word that says what the symbol is.</summary>
    public Linkage ReadLinkage()
    {
        var linkage = default(Linkage);
        while (!types.IsAtType)
        {
            switch (lexer.Value)
            {
                case "global" or "constant" or "alias" or "ifunc" when lexer.Kind == TokenKind.Word:
                    return linkage;
                // Every file has its own array of what must be kept, by the same name.
                case "internal" or "private" or "appending":
                    linkage = linkage with { IsLocal = true };
                    break;
                // Available externally: the definition of another file is the one that counts.
                case "weak" or "weak_odr" or "linkonce" or "linkonce_odr" or "common" or "available_externally":
                    linkage = linkage with { IsWeak = true };
                    break;
                case "extern_weak":
                    linkage = linkage with { IsWeak = true, IsDeclared = true };
                    break;
                case "external":
                    linkage = linkage with { IsDeclared = true };
                    break;
                case "noundef":
                    linkage = linkage with { IsWhole = true };
                    break;
            }

            if (!attributes.SkipOne())
                throw lexer.Expected("type");
        }

        return linkage;
    }

    /// <summary>What follows the type, value or parameters.</summary>
    /// <param name="line">Of the symbol; what stands on the next line is something else.</param>
    public Tail ReadTail(int line)
    {
        var tail = default(Tail);
        while (lexer.Line == line)
        {
            var hasComma = lexer.Accept(',');
            switch (lexer.Kind)
            {
                case TokenKind.Attributes:
                    lexer.Advance();
                    break;
                case TokenKind.Metadata:
                    lexer.Advance();
                    values.SkipMetadata();
                    break;
                case TokenKind.Text:
                    attributes.SkipOne();
                    break;
                case TokenKind.Word:
                    tail = ReadWord(tail);
                    break;
                default:
                    return hasComma ? throw lexer.Expected("attribute") : tail;
            }
        }

        return tail;
    }

    private Tail ReadWord(Tail tail)
    {
        switch (lexer.Value)
        {
            case "section":
                lexer.Advance();
                return tail with { Section = lexer.TakeName(TokenKind.Text, "section") };
            case "align":
                lexer.Advance();
                return tail with { Alignment = lexer.TakeCount() };
            case "partition" or "gc" or "code_model":
                lexer.Advance();
                lexer.TakeName(TokenKind.Text, "text");
                return tail;
            case "prefix" or "prologue" or "personality":
                lexer.Advance();
                values.ReadTyped();
                return tail;
            default:
                attributes.SkipOne();
                return tail;
        }
    }
}
