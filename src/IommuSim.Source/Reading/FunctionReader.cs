using System.Collections.Immutable;
using System.Globalization;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads functions. Values and blocks without a name get the number that LLVM counts for them.</summary>
internal sealed class FunctionReader(
    IrLexer lexer,
    TypeReader types,
    ValueReader values,
    AttributeReader attributes,
    SymbolReader symbols
)
{
    private readonly InstructionReader _instructions = new(lexer, types, values, attributes);

    // Of the function that is being read.
    private long _unnamed;
    private readonly ImmutableArray<IrBlock>.Builder _blocks = ImmutableArray.CreateBuilder<IrBlock>();
    private readonly ImmutableArray<Instruction>.Builder _block = ImmutableArray.CreateBuilder<Instruction>();
    private string? _label;

    /// <summary>The locations that instructions name, each with the place of one that does.</summary>
    public Dictionary<int, (int Line, int Start)> Locations { get; } = [];

    /// <param name="isDefinition">At <c>define</c>, not <c>declare</c>.</param>
    public IrFunction Read(bool isDefinition)
    {
        var line = lexer.Line;
        lexer.Advance();
        while (lexer.Kind == TokenKind.Metadata)
        {
            lexer.Advance();
            values.SkipMetadata();
        }

        _unnamed = 0;
        var linkage = symbols.ReadLinkage();
        var type = types.Read();
        var name = lexer.TakeName(TokenKind.Global, "name");
        var (parameters, isVariadic) = ReadParameters(isDefinition);
        var section = symbols.ReadTail(line).Section;
        var blocks = isDefinition ? ReadBody() : [];
        return new IrFunction(
            name,
            type,
            parameters,
            isVariadic,
            linkage.IsLocal,
            linkage.IsWeak,
            section,
            blocks,
            line
        )
        {
            ReturnsWhole = linkage.IsWhole,
        };
    }

    private static bool IsTerminator(Instruction instruction) =>
        instruction
            is BranchInstruction
                or SwitchInstruction
                or ReturnInstruction
                or UnreachableInstruction
                or AssemblyInstruction { FallThrough: not null };

    private static bool HasResult(Instruction instruction) =>
        instruction switch
        {
            CallInstruction call => call.ReturnType is not VoidType,
            AssemblyInstruction assembly => assembly.ReturnType is not VoidType,
            StoreInstruction or FenceInstruction => false,
            _ => !IsTerminator(instruction),
        };

    private (ImmutableArray<IrParameter> Parameters, bool IsVariadic) ReadParameters(bool isDefinition)
    {
        lexer.Expect('(');
        var parameters = ImmutableArray.CreateBuilder<IrParameter>();
        var isVariadic = false;
        if (!lexer.Is(')'))
        {
            do
            {
                isVariadic = lexer.AcceptWord("...");
                if (isVariadic)
                    break;
                var type = types.Read();
                attributes.SkipBeforeValue();
                var name = lexer.Kind == TokenKind.Local ? lexer.TakeName(TokenKind.Local, "name") : null;
                parameters.Add(new IrParameter(type, isDefinition ? Counted(name) : name));
            } while (lexer.Accept(','));
        }

        lexer.Expect(')');
        return (parameters.DrainToImmutable(), isVariadic);
    }

    private ImmutableArray<IrBlock> ReadBody()
    {
        lexer.Expect('{');
        while (!lexer.Is('}'))
        {
            if (lexer.Kind == TokenKind.Label)
                StartBlock();
            else if (lexer.Kind == TokenKind.DebugRecord || IsUseList())
                lexer.SkipLine();
            else
                ReadInstruction();
        }

        if (_label is not null || _blocks.Count == 0)
            throw lexer.Error("the block has no end");
        lexer.Advance();
        return _blocks.DrainToImmutable();
    }

    private bool IsUseList() => lexer.IsWord("uselistorder") || lexer.IsWord("uselistorder_bb");

    private void StartBlock()
    {
        if (_label is not null)
            throw lexer.Error("the block before has no end");
        _label = Counted(lexer.Kind == TokenKind.Label ? lexer.TakeName(TokenKind.Label, "label") : null);
    }

    private void ReadInstruction()
    {
        if (lexer.Kind == TokenKind.End)
            throw lexer.Expected("'}'");
        if (_label is null)
            StartBlock();
        var place = lexer.Place;
        var result = lexer.Kind == TokenKind.Local ? lexer.TakeName(TokenKind.Local, "name") : null;
        if (result is not null)
            lexer.Expect('=');
        var instruction = _instructions.Read();
        var location = attributes.ReadAttachments();
        if (instruction is null)
            return;
        var hasResult = HasResult(instruction);
        if (result is not null && !hasResult)
            throw lexer.ErrorAt(place, "instruction without a result");
        if (location >= 0)
            Locations.TryAdd(location, place);
        _block.Add(
            instruction with
            {
                Result = hasResult ? Counted(result) : null,
                Location = location,
                Line = place.Line,
            }
        );
        if (IsTerminator(instruction))
            EndBlock();
    }

    private void EndBlock()
    {
        _blocks.Add(new IrBlock(_label!, _block.ToImmutable()));
        _block.Clear();
        _label = null;
    }

    /// <summary>The name, or the next number for none. A number that is written moves the count on.</summary>
    private string Counted(string? name)
    {
        if (name is null)
            return (_unnamed++).ToString(CultureInfo.InvariantCulture);
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            _unnamed = number + 1L;
        return name;
    }
}
