using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads types.</summary>
internal sealed class TypeReader(IrLexer lexer)
{
    /// <summary>Types and values nested deeper than this are refused: they would not fit on the stack.</summary>
    public const int DeepestNesting = 200;

    private const int WidestInteger = 128;

    private readonly IntegerType?[] _integers = new IntegerType?[WidestInteger + 1];
    private readonly Dictionary<string, NamedType> _named = new(StringComparer.Ordinal);

    public bool IsAtType =>
        lexer.Kind switch
        {
            TokenKind.Local => true,
            TokenKind.Punctuation => lexer.Is('[') || lexer.Is('{') || lexer.Is('<'),
            TokenKind.Word => IsTypeWord(lexer.Value),
            _ => false,
        };

    public IrType Read(int depth = 0)
    {
        if (depth > DeepestNesting)
            throw lexer.Error("nested too deep");
        switch (lexer.Kind)
        {
            case TokenKind.Word:
                return ReadWord();
            case TokenKind.Local:
                return ReadNamed();
            default:
                if (lexer.Accept('['))
                    return ReadArray(depth);
                if (lexer.Accept('{'))
                    return ReadFields(depth, isPacked: false);
                if (!lexer.Accept('<'))
                    throw lexer.Expected("type");
                if (!lexer.Accept('{'))
                    throw lexer.Error("vectors are not supported");
                var packed = ReadFields(depth, isPacked: true);
                lexer.Expect('>');
                return packed;
        }
    }

    private static bool IsTypeWord(ReadOnlySpan<char> word) =>
        word is "ptr" or "void" or "metadata" or "float" or "double" or "half" or "x86_fp80" or "fp128" or "token"
        || IsIntegerWord(word);

    private static bool IsIntegerWord(ReadOnlySpan<char> word) =>
        word.Length > 1 && word[0] == 'i' && !word[1..].ContainsAnyExceptInRange('0', '9');

    private IrType ReadWord()
    {
        IrType type;
        switch (lexer.Value)
        {
            case "ptr":
                type = IrType.Pointer;
                break;
            case "void":
                type = IrType.Void;
                break;
            case "metadata":
                type = IrType.Metadata;
                break;
            default:
                type = ReadInteger();
                break;
        }

        lexer.Advance();
        if (lexer.IsWord("addrspace"))
            throw lexer.Error("address spaces are not supported");
        return type;
    }

    private IntegerType ReadInteger()
    {
        var word = lexer.Value;
        if (!IsIntegerWord(word))
            throw IsTypeWord(word) ? lexer.Error($"the type {word} is not supported") : lexer.Expected("type");
        if (
            !int.TryParse(word[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            || bits is 0 or > WidestInteger
        )
            throw lexer.Error("integers of 1 to 128 bits are supported");
        return _integers[bits] ??= new IntegerType(bits);
    }

    private NamedType ReadNamed()
    {
        var name = lexer.TakeName(TokenKind.Local, "type");
        if (!_named.TryGetValue(name, out var type))
            _named[name] = type = new NamedType(name);
        return type;
    }

    private ArrayType ReadArray(int depth)
    {
        if (
            lexer.Kind != TokenKind.Integer
            || !ulong.TryParse(lexer.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
            throw lexer.Expected("number");
        lexer.Advance();
        lexer.ExpectWord("x");
        var element = Read(depth + 1);
        lexer.Expect(']');
        return new ArrayType(count, element);
    }

    private StructType ReadFields(int depth, bool isPacked)
    {
        var fields = ImmutableArray.CreateBuilder<IrType>();
        if (!lexer.Is('}'))
        {
            do fields.Add(Read(depth + 1));
            while (lexer.Accept(','));
        }

        lexer.Expect('}');
        return new StructType(fields.DrainToImmutable(), isPacked);
    }
}
