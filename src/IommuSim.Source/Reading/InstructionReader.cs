using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads an instruction without its result and what is attached.</summary>
internal sealed class InstructionReader(IrLexer lexer, TypeReader types, ValueReader values, AttributeReader attributes)
{
    private readonly CallReader _calls = new(lexer, types, values, attributes);
    private readonly MemoryReader _memory = new(lexer, types, values);

    /// <returns>Null for a call that only informs a debugger.</returns>
    public Instruction? Read()
    {
        if (lexer.Kind != TokenKind.Word)
            throw lexer.Error("instruction expected");
        if (ValueReader.OperatorOf(lexer.Value) is { } operation)
            return ReadBinary(operation);
        if (ValueReader.ConversionOf(lexer.Value) is { } conversion)
            return ReadConvert(conversion);
        switch (lexer.Value)
        {
            case "call":
                return _calls.ReadCall(isTail: false);
            case "tail" or "musttail":
                lexer.Advance();
                return _calls.ReadCall(isTail: true);
            case "notail":
                lexer.Advance();
                return _calls.ReadCall(isTail: false);
            case "callbr":
                return _calls.ReadCallBranch();
            case "load":
                return _memory.ReadLoad();
            case "store":
                return _memory.ReadStore();
            case "getelementptr":
                return _memory.ReadElement();
            case "alloca":
                return _memory.ReadAlloca();
            case "atomicrmw":
                return _memory.ReadAtomicUpdate();
            case "cmpxchg":
                return _memory.ReadCompareExchange();
            case "fence":
                return _memory.ReadFence();
            default:
                return ReadPlain();
        }
    }

    private Instruction ReadPlain()
    {
        switch (lexer.Value)
        {
            case "icmp":
                return ReadCompare();
            case "phi":
                return ReadPhi();
            case "select":
                return ReadSelect();
            case "freeze":
                lexer.Advance();
                return new FreezeInstruction(values.ReadTyped());
            case "extractvalue":
                lexer.Advance();
                return new ExtractInstruction(values.ReadTyped(), ReadPath());
            case "insertvalue":
                return ReadInsert();
            case "br":
                return ReadBranch();
            case "switch":
                return ReadSwitch();
            case "ret":
                lexer.Advance();
                var type = types.Read();
                return new ReturnInstruction(type is VoidType ? null : new TypedValue(type, values.Read(type)));
            case "unreachable":
                lexer.Advance();
                return new UnreachableInstruction();
            default:
                throw lexer.Error("instruction not supported");
        }
    }

    private BinaryInstruction ReadBinary(BinaryOperator operation)
    {
        lexer.Advance();
        values.SkipFlags();
        var (type, left, right) = ReadPair();
        return new BinaryInstruction(operation, type, left, right);
    }

    private CompareInstruction ReadCompare()
    {
        lexer.Advance();
        values.SkipFlags();
        var comparison = lexer.Value switch
        {
            "eq" => Comparison.Eq,
            "ne" => Comparison.Ne,
            "ugt" => Comparison.Ugt,
            "uge" => Comparison.Uge,
            "ult" => Comparison.Ult,
            "ule" => Comparison.Ule,
            "sgt" => Comparison.Sgt,
            "sge" => Comparison.Sge,
            "slt" => Comparison.Slt,
            "sle" => Comparison.Sle,
            _ => throw lexer.Expected("comparison"),
        };
        lexer.Advance();
        var (type, left, right) = ReadPair();
        return new CompareInstruction(comparison, type, left, right);
    }

    private (IrType Type, IrValue Left, IrValue Right) ReadPair()
    {
        var type = types.Read();
        var left = values.Read(type);
        lexer.Expect(',');
        return (type, left, values.Read(type));
    }

    private ConvertInstruction ReadConvert(Conversion conversion)
    {
        lexer.Advance();
        values.SkipFlags();
        var value = values.ReadTyped();
        lexer.ExpectWord("to");
        return new ConvertInstruction(conversion, value, types.Read());
    }

    private SelectInstruction ReadSelect()
    {
        lexer.Advance();
        var condition = values.ReadTyped();
        lexer.Expect(',');
        var then = values.ReadTyped();
        lexer.Expect(',');
        return new SelectInstruction(condition.Value, then, values.ReadTyped().Value);
    }

    private PhiInstruction ReadPhi()
    {
        lexer.Advance();
        var type = types.Read();
        var incoming = ImmutableArray.CreateBuilder<(IrValue Value, string From)>(2);
        do
        {
            lexer.Expect('[');
            var value = values.Read(type);
            lexer.Expect(',');
            incoming.Add((value, lexer.TakeName(TokenKind.Local, "label")));
            lexer.Expect(']');
        } while (AcceptOperandComma());

        return new PhiInstruction(type, incoming.DrainToImmutable());
    }

    private InsertInstruction ReadInsert()
    {
        lexer.Advance();
        var aggregate = values.ReadTyped();
        lexer.Expect(',');
        var element = values.ReadTyped();
        return new InsertInstruction(aggregate, element, ReadPath());
    }

    private ImmutableArray<int> ReadPath()
    {
        var path = ImmutableArray.CreateBuilder<int>(1);
        lexer.Expect(',');
        do
        {
            path.Add((int)Math.Min(lexer.TakeCount(), int.MaxValue));
        } while (AcceptOperandComma());

        return path.DrainToImmutable();
    }

    private BranchInstruction ReadBranch()
    {
        lexer.Advance();
        if (lexer.IsWord("label"))
            return new BranchInstruction(Condition: null, _calls.ReadLabel(), Else: null);
        var condition = values.ReadTyped();
        lexer.Expect(',');
        var then = _calls.ReadLabel();
        lexer.Expect(',');
        return new BranchInstruction(condition.Value, then, _calls.ReadLabel());
    }

    private SwitchInstruction ReadSwitch()
    {
        lexer.Advance();
        var value = values.ReadTyped();
        lexer.Expect(',');
        var otherwise = _calls.ReadLabel();
        lexer.Expect('[');
        var cases = ImmutableArray.CreateBuilder<(UInt128 Value, string Target)>();
        while (!lexer.Accept(']'))
        {
            var number = values.ReadCase();
            lexer.Expect(',');
            cases.Add((number, _calls.ReadLabel()));
        }

        return new SwitchInstruction(value, otherwise, cases.DrainToImmutable());
    }

    private bool AcceptOperandComma()
    {
        if (!lexer.IsOperandComma)
            return false;
        lexer.Advance();
        return true;
    }
}
