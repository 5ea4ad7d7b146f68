using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads variables and aliases.</summary>
internal sealed class VariableReader(IrLexer lexer, TypeReader types, ValueReader values, SymbolReader symbols)
{
    /// <returns>One of them; the other is null.</returns>
    public (IrVariable? Variable, IrAlias? Alias) Read()
    {
        var line = lexer.Line;
        var name = lexer.TakeName(TokenKind.Global, "name");
        lexer.Expect('=');
        var linkage = symbols.ReadLinkage();
        if (lexer.AcceptWord("alias"))
            return (null, ReadAlias(name, linkage.IsLocal, line));
        var isConstant = lexer.IsWord("constant");
        if (!isConstant && !lexer.IsWord("global"))
            throw lexer.Expected("'global' or 'constant'");
        lexer.Advance();
        var type = types.Read();
        var initializer = linkage.IsDeclared ? null : values.Read(type);
        var tail = symbols.ReadTail(line);
        var variable = new IrVariable(
            name,
            type,
            linkage.IsLocal,
            isConstant,
            linkage.IsWeak,
            initializer,
            tail.Alignment,
            tail.Section
        );
        return (variable, null);
    }

    private IrAlias ReadAlias(string name, bool isLocal, int line)
    {
        types.Read();
        // The alias of a function has its type.
        if (lexer.Is('('))
            lexer.SkipBalanced();
        lexer.Expect(',');
        var target = values.ReadPointer();
        symbols.ReadTail(line);
        return new IrAlias(name, isLocal, target);
    }
}
