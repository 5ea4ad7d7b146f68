using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads calls and inline assembly.</summary>
internal sealed class CallReader(IrLexer lexer, TypeReader types, ValueReader values, AttributeReader attributes)
{
    /// <returns>Null for an intrinsic that only informs a debugger.</returns>
    public Instruction? ReadCall(bool isTail)
    {
        var place = lexer.Place;
        lexer.ExpectWord("call");
        var (type, parameters, isVariadic) = ReadType();
        if (lexer.IsWord("asm"))
            return ReadAssembly(type, place.Line);
        var callee = values.Read(IrType.Pointer);
        var arguments = ReadArguments();
        attributes.SkipAfterArguments(place.Line);
        if (callee is GlobalValue global && global.Name.StartsWith("llvm.dbg.", StringComparison.Ordinal))
            return null;
        if (isVariadic && arguments.Length < parameters)
            throw lexer.ErrorAt(place, "more arguments expected");
        var fixedArguments = isVariadic ? parameters : arguments.Length;
        return new CallInstruction(type, callee, arguments, isVariadic, fixedArguments, isTail);
    }

    public AssemblyInstruction ReadCallBranch()
    {
        var line = lexer.Line;
        lexer.ExpectWord("callbr");
        var type = ReadType().Type;
        if (!lexer.IsWord("asm"))
            throw lexer.Error("callbr of a function is not supported");
        var assembly = ReadAssembly(type, line);
        lexer.ExpectWord("to");
        var fallThrough = ReadLabel();
        var targets = ImmutableArray.CreateBuilder<string>();
        lexer.Expect('[');
        if (!lexer.Is(']'))
        {
            do targets.Add(ReadLabel());
            while (lexer.Accept(','));
        }

        lexer.Expect(']');
        return assembly with { FallThrough = fallThrough, Targets = targets.DrainToImmutable() };
    }

    public string ReadLabel()
    {
        lexer.ExpectWord("label");
        return lexer.TakeName(TokenKind.Local, "label");
    }

    /// <summary>The type of the result, or of the function when it is variadic.</summary>
    private (IrType Type, int Parameters, bool IsVariadic) ReadType()
    {
        attributes.SkipBeforeType();
        var type = types.Read();
        if (!lexer.Accept('('))
            return (type, 0, false);
        var parameters = 0;
        var isVariadic = false;
        if (!lexer.Is(')'))
        {
            do
            {
                isVariadic = lexer.AcceptWord("...");
                if (isVariadic)
                    break;
                types.Read();
                parameters++;
            } while (lexer.Accept(','));
        }

        lexer.Expect(')');
        return (type, parameters, isVariadic);
    }

    private AssemblyInstruction ReadAssembly(IrType type, int line)
    {
        lexer.ExpectWord("asm");
        while (
            lexer.AcceptWord("sideeffect")
            || lexer.AcceptWord("alignstack")
            || lexer.AcceptWord("inteldialect")
            || lexer.AcceptWord("unwind")
        ) { }
        var template = lexer.TakeName(TokenKind.Text, "template");
        lexer.Expect(',');
        var constraints = lexer.TakeName(TokenKind.Text, "constraints");
        var arguments = ReadArguments();
        attributes.SkipAfterArguments(line);
        return new AssemblyInstruction(type, template, constraints, arguments, FallThrough: null, Targets: []);
    }

    private ImmutableArray<TypedValue> ReadArguments()
    {
        lexer.Expect('(');
        var arguments = ImmutableArray.CreateBuilder<TypedValue>();
        if (!lexer.Is(')'))
        {
            do
            {
                var type = types.Read();
                // Metadata has no attributes, but its own type: "metadata ptr %x".
                var isWhole = type is not MetadataType && attributes.SkipBeforeValue();
                arguments.Add(new TypedValue(type, values.Read(type)) { IsWhole = isWhole });
            } while (lexer.Accept(','));
        }

        lexer.Expect(')');
        return arguments.DrainToImmutable();
    }
}
