using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads operands and constants.</summary>
internal sealed class ValueReader(IrLexer lexer, TypeReader types)
{
    private static readonly ZeroValue _zero = new();
    private static readonly UndefinedValue _undefined = new();
    private static readonly MetadataValue _metadata = new();

    private readonly Dictionary<string, GlobalValue> _globals = new(StringComparer.Ordinal);

    public TypedValue ReadTyped(int depth = 0)
    {
        var type = types.Read(depth);
        return new TypedValue(type, Read(type, depth));
    }

    /// <summary>A type and a value of which only the value is kept, as the address of a load.</summary>
    public IrValue ReadPointer(int depth = 0)
    {
        var type = types.Read(depth);
        if (type is not PointerType)
            throw lexer.Expected("pointer");
        return Read(type, depth);
    }

    public IrValue Read(IrType type, int depth = 0)
    {
        if (depth > TypeReader.DeepestNesting)
            throw lexer.Error("nested too deep");
        if (type is MetadataType)
            return ReadMetadata(depth);
        switch (lexer.Kind)
        {
            case TokenKind.Local:
                return new LocalValue(lexer.TakeName(TokenKind.Local, "value"));
            case TokenKind.Global:
                return ReadGlobal();
            case TokenKind.Integer:
                return new IntegerValue(ReadInteger(type));
            case TokenKind.Bytes:
                return new BytesValue(lexer.TakeBytes());
            case TokenKind.Word:
                return ReadWord(type, depth);
            default:
                return ReadAggregate(depth);
        }
    }

    /// <summary>The constant of a case of a switch.</summary>
    public UInt128 ReadCase()
    {
        var place = lexer.Place;
        return types.IsAtType && ReadTyped().Value is IntegerValue integer
            ? integer.Value
            : throw lexer.ErrorAt(place, "case expected");
    }

    public GlobalValue ReadGlobal()
    {
        var name = lexer.TakeName(TokenKind.Global, "name");
        if (!_globals.TryGetValue(name, out var value))
            _globals[name] = value = new GlobalValue(name);
        return value;
    }

    /// <summary>True for the words with which a value begins; other words before a value are attributes.</summary>
    public bool IsAtValueWord =>
        lexer.Value
            is "true"
                or "false"
                or "null"
                or "none"
                or "undef"
                or "poison"
                or "zeroinitializer"
                or "getelementptr"
                or "blockaddress"
                or "icmp"
                or "select"
                or "addrspacecast"
                or "ptrauth"
                or "splat"
                or "dso_local_equivalent"
                or "no_cfi"
        || ConversionOf(lexer.Value) is not null
        || OperatorOf(lexer.Value) is not null;

    public static Conversion? ConversionOf(ReadOnlySpan<char> word) =>
        word switch
        {
            "trunc" => Conversion.Trunc,
            "zext" => Conversion.ZExt,
            "sext" => Conversion.SExt,
            "ptrtoint" or "ptrtoaddr" => Conversion.PtrToInt,
            "inttoptr" => Conversion.IntToPtr,
            "bitcast" => Conversion.BitCast,
            _ => null,
        };

    public static BinaryOperator? OperatorOf(ReadOnlySpan<char> word) =>
        word switch
        {
            "add" => BinaryOperator.Add,
            "sub" => BinaryOperator.Sub,
            "mul" => BinaryOperator.Mul,
            "udiv" => BinaryOperator.UDiv,
            "sdiv" => BinaryOperator.SDiv,
            "urem" => BinaryOperator.URem,
            "srem" => BinaryOperator.SRem,
            "shl" => BinaryOperator.Shl,
            "lshr" => BinaryOperator.LShr,
            "ashr" => BinaryOperator.AShr,
            "and" => BinaryOperator.And,
            "or" => BinaryOperator.Or,
            "xor" => BinaryOperator.Xor,
            _ => null,
        };

    /// <summary>Flags promise that something does not happen: what is computed stays the same.</summary>
    public void SkipFlags()
    {
        while (
            lexer.Kind == TokenKind.Word
            && lexer.Value is "nuw" or "nsw" or "nusw" or "exact" or "disjoint" or "nneg" or "samesign" or "inbounds"
        )
            lexer.Advance();
    }

    private UInt128 ReadInteger(IrType type)
    {
        if (type is not IntegerType integer)
            throw lexer.Error("integer of a type without integers");
        var digits = lexer.Value;
        var isNegative = digits[0] == '-';
        if (!UInt128.TryParse(isNegative ? digits[1..] : digits, CultureInfo.InvariantCulture, out var value))
            throw lexer.Error("integer of more than 128 bits");
        lexer.Advance();
        if (isNegative)
            value = UInt128.Zero - value;
        return integer.Bits == 128 ? value : value & ((UInt128.One << integer.Bits) - 1);
    }

    private IrValue ReadWord(IrType type, int depth)
    {
        switch (lexer.Value)
        {
            case "true":
                return Take(new IntegerValue(1));
            case "false":
                return Take(new IntegerValue(0));
            case "null" or "zeroinitializer" or "none":
                return Take(_zero);
            case "undef" or "poison":
                return Take(_undefined);
            case "dso_local_equivalent" or "no_cfi":
                lexer.Advance();
                return ReadGlobal();
            case "blockaddress" or "icmp" or "select" or "addrspacecast" or "ptrauth" or "splat":
                throw lexer.Error($"the constant {lexer.Value} is not supported");
            case "getelementptr":
                return ReadElement(depth);
        }

        if (ConversionOf(lexer.Value) is { } conversion)
            return ReadConversion(conversion, depth);
        if (OperatorOf(lexer.Value) is { } operation)
            return ReadComputed(operation, depth);
        throw lexer.Expected("value");
    }

    private T Take<T>(T value)
        where T : IrValue
    {
        lexer.Advance();
        return value;
    }

    private AddressOfElement ReadElement(int depth)
    {
        lexer.Advance();
        SkipInRange();
        lexer.Expect('(');
        var source = types.Read(depth + 1);
        lexer.Expect(',');
        var address = ReadPointer(depth + 1);
        var indices = ImmutableArray.CreateBuilder<TypedValue>();
        while (lexer.Accept(','))
        {
            SkipInRange();
            indices.Add(ReadTyped(depth + 1));
        }

        lexer.Expect(')');
        return new AddressOfElement(source, address, indices.DrainToImmutable());
    }

    private void SkipInRange()
    {
        SkipFlags();
        // Since clang 19 a flag with the range; before, a word in front of an index.
        if (lexer.AcceptWord("inrange") && lexer.Is('('))
            lexer.SkipBalanced();
        SkipFlags();
    }

    private ConvertedValue ReadConversion(Conversion conversion, int depth)
    {
        lexer.Advance();
        SkipFlags();
        lexer.Expect('(');
        var value = ReadTyped(depth + 1);
        lexer.ExpectWord("to");
        var type = types.Read(depth + 1);
        lexer.Expect(')');
        return new ConvertedValue(conversion, value, type);
    }

    private ComputedValue ReadComputed(BinaryOperator operation, int depth)
    {
        lexer.Advance();
        SkipFlags();
        lexer.Expect('(');
        var left = ReadTyped(depth + 1);
        lexer.Expect(',');
        var right = ReadTyped(depth + 1);
        lexer.Expect(')');
        return new ComputedValue(operation, left.Type, left.Value, right.Value);
    }

    private AggregateValue ReadAggregate(int depth)
    {
        if (lexer.Accept('['))
            return ReadElements(']', depth);
        if (lexer.Accept('{'))
            return ReadElements('}', depth);
        if (!lexer.Accept('<'))
            throw lexer.Expected("value");
        if (!lexer.Accept('{'))
            throw lexer.Error("vectors are not supported");
        var packed = ReadElements('}', depth);
        lexer.Expect('>');
        return packed;
    }

    private AggregateValue ReadElements(char close, int depth)
    {
        var elements = ImmutableArray.CreateBuilder<TypedValue>();
        if (!lexer.Is(close))
        {
            do elements.Add(ReadTyped(depth + 1));
            while (lexer.Accept(','));
        }

        lexer.Expect(close);
        return new AggregateValue(elements.DrainToImmutable());
    }

    private MetadataValue ReadMetadata(int depth)
    {
        if (lexer.Kind == TokenKind.Metadata)
            SkipMetadata();
        else
            ReadTyped(depth + 1);
        return _metadata;
    }

    /// <summary>Passes over <c>!7</c>, <c>!"text"</c>, <c>!{...}</c> or <c>!DIExpression(...)</c>.</summary>
    public void SkipMetadata()
    {
        if (lexer.Kind != TokenKind.Metadata)
            throw lexer.Expected("metadata");
        var isNamed = lexer.Value.Length > 0;
        lexer.Advance();
        if (isNamed ? lexer.Is('(') : lexer.Is('{') || lexer.Kind == TokenKind.Text)
            lexer.SkipBalanced();
        else if (!isNamed)
            throw lexer.Expected("metadata");
    }
}
