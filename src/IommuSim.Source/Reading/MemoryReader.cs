using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads the instructions on memory.</summary>
internal sealed class MemoryReader(IrLexer lexer, TypeReader types, ValueReader values)
{
    public AllocaInstruction ReadAlloca()
    {
        lexer.Advance();
        if (lexer.IsWord("inalloca") || lexer.IsWord("swifterror"))
            throw lexer.Error($"{lexer.Value} is not supported");
        var type = types.Read();
        TypedValue? count = null;
        var alignment = 0u;
        while (lexer.IsOperandComma)
        {
            lexer.Advance();
            if (lexer.AcceptWord("align"))
                alignment = lexer.TakeCount();
            else
                count = values.ReadTyped();
        }

        return new AllocaInstruction(type, count, alignment);
    }

    public LoadInstruction ReadLoad()
    {
        lexer.Advance();
        var isVolatile = ReadVolatile();
        var type = types.Read();
        lexer.Expect(',');
        var address = values.ReadPointer();
        SkipOrdering();
        SkipAlignment();
        return new LoadInstruction(type, address, isVolatile);
    }

    public StoreInstruction ReadStore()
    {
        lexer.Advance();
        var isVolatile = ReadVolatile();
        var value = values.ReadTyped();
        lexer.Expect(',');
        var address = values.ReadPointer();
        SkipOrdering();
        SkipAlignment();
        return new StoreInstruction(value, address, isVolatile);
    }

    public CompareExchangeInstruction ReadCompareExchange()
    {
        lexer.Advance();
        lexer.AcceptWord("weak");
        lexer.AcceptWord("volatile");
        var address = values.ReadPointer();
        lexer.Expect(',');
        var expected = values.ReadTyped();
        lexer.Expect(',');
        var replacement = values.ReadTyped();
        ExpectOrdering();
        ExpectOrdering();
        SkipAlignment();
        return new CompareExchangeInstruction(address, expected, replacement.Value);
    }

    public AtomicUpdateInstruction ReadAtomicUpdate()
    {
        lexer.Advance();
        lexer.AcceptWord("volatile");
        if (
            lexer.Value
            is not (
                "xchg"
                or "add"
                or "sub"
                or "and"
                or "nand"
                or "or"
                or "xor"
                or "max"
                or "min"
                or "umax"
                or "umin"
                or "uinc_wrap"
                or "udec_wrap"
                or "usub_cond"
                or "usub_sat"
            )
        )
            throw lexer.Error("atomic operation not supported");
        var operation = lexer.TakeName(TokenKind.Word, "operation");
        var address = values.ReadPointer();
        lexer.Expect(',');
        var value = values.ReadTyped();
        ExpectOrdering();
        SkipAlignment();
        return new AtomicUpdateInstruction(operation, address, value);
    }

    public FenceInstruction ReadFence()
    {
        lexer.Advance();
        ExpectOrdering();
        return new FenceInstruction();
    }

    public ElementInstruction ReadElement()
    {
        lexer.Advance();
        values.SkipFlags();
        var source = types.Read();
        lexer.Expect(',');
        var address = values.ReadPointer();
        var indices = ImmutableArray.CreateBuilder<TypedValue>(1);
        while (lexer.IsOperandComma)
        {
            lexer.Advance();
            indices.Add(values.ReadTyped());
        }

        return new ElementInstruction(source, address, indices.DrainToImmutable());
    }

    private bool ReadVolatile()
    {
        var isAtomic = lexer.AcceptWord("atomic");
        return lexer.AcceptWord("volatile") || isAtomic;
    }

    private void ExpectOrdering()
    {
        if (!SkipOrdering())
            throw lexer.Expected("memory ordering");
    }

    private bool SkipOrdering()
    {
        if (lexer.AcceptWord("syncscope"))
            lexer.SkipBalanced();
        if (
            lexer.Kind != TokenKind.Word
            || lexer.Value is not ("unordered" or "monotonic" or "acquire" or "release" or "acq_rel" or "seq_cst")
        )
            return false;
        lexer.Advance();
        return true;
    }

    // Any address will do: memory is made of bytes.
    private void SkipAlignment()
    {
        if (!lexer.IsOperandComma)
            return;
        lexer.Advance();
        lexer.ExpectWord("align");
        lexer.TakeCount();
    }
}
