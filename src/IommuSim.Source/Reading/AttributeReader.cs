using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>
/// Passes over what does not change what a program computes: attributes, attached metadata, bundles. An attribute that
/// does change it is an error; one that is not known is passed over, because every version of clang has new ones.
/// </summary>
internal sealed class AttributeReader(IrLexer lexer, TypeReader types, ValueReader values)
{
    /// <summary>Attributes of a result, calling conventions and flags in front of a type.</summary>
    public void SkipBeforeType()
    {
        while (!types.IsAtType && SkipOne()) { }
    }

    /// <summary>Attributes of a parameter or argument, between its type and its value.</summary>
    /// <returns>Whether <c>noundef</c> is among them.</returns>
    public bool SkipBeforeValue()
    {
        var isWhole = false;
        while (!(lexer.Kind == TokenKind.Word && values.IsAtValueWord))
        {
            isWhole |= lexer.IsWord("noundef");
            if (!SkipOne())
                break;
        }

        return isWhole;
    }

    /// <summary>Attributes and bundles behind the arguments of a call.</summary>
    /// <param name="line">Of the call. A word on the next line is the next instruction.</param>
    public void SkipAfterArguments(int line)
    {
        while (lexer.Line == line && !lexer.IsWord("to") && (SkipOne() || SkipGroup())) { }
        if (lexer.Is('['))
            lexer.SkipBalanced();
    }

    /// <summary>Passes over one attribute, its number or brackets included.</summary>
    /// <returns>False at anything else.</returns>
    public bool SkipOne()
    {
        switch (lexer.Kind)
        {
            case TokenKind.Word:
                if (lexer.Value is "byval" or "inalloca" or "preallocated")
                    throw lexer.Error($"{lexer.Value} is not supported");
                var takesNumber = lexer.Value is "align" or "cc";
                lexer.Advance();
                if (takesNumber && lexer.Kind == TokenKind.Integer)
                    lexer.Advance();
                else if (lexer.Is('('))
                    lexer.SkipBalanced();
                return true;
            case TokenKind.Text:
                lexer.Advance();
                if (lexer.Accept('='))
                    lexer.TakeName(TokenKind.Text, "text");
                return true;
            default:
                return false;
        }
    }

    /// <summary>Passes over <c>#7</c>.</summary>
    public bool SkipGroup()
    {
        if (lexer.Kind != TokenKind.Attributes)
            return false;
        lexer.Advance();
        return true;
    }

    /// <summary>The metadata attached to an instruction.</summary>
    /// <returns>The node of its location, -1 for none.</returns>
    public int ReadAttachments()
    {
        var location = -1;
        while (lexer.IsAttachmentComma)
        {
            lexer.Advance();
            var isLocation = lexer.Value is "dbg";
            lexer.Advance();
            if (
                isLocation && int.TryParse(lexer.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            )
                location = number;
            values.SkipMetadata();
        }

        return location;
    }
}
