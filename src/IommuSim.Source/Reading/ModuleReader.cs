using System.Collections.Immutable;
using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Reads a file.</summary>
internal sealed class ModuleReader
{
    private readonly IrLexer _lexer;
    private readonly MetadataReader _metadata;
    private readonly string? _treeRoot;
    private readonly TypeReader _types;
    private readonly VariableReader _variableReader;
    private readonly FunctionReader _functionReader;

    private readonly Dictionary<string, IrType?> _named = new(StringComparer.Ordinal);
    private readonly ImmutableArray<IrVariable>.Builder _variables = ImmutableArray.CreateBuilder<IrVariable>();
    private readonly ImmutableArray<IrFunction>.Builder _functions = ImmutableArray.CreateBuilder<IrFunction>();
    private readonly ImmutableArray<IrAlias>.Builder _aliases = ImmutableArray.CreateBuilder<IrAlias>();
    private string _sourceFile = "";

    public ModuleReader(IrLexer lexer, MetadataReader metadata, string? treeRoot)
    {
        _lexer = lexer;
        _metadata = metadata;
        _treeRoot = treeRoot;
        _types = new TypeReader(lexer);
        var values = new ValueReader(lexer, _types);
        var attributes = new AttributeReader(lexer, _types, values);
        var symbols = new SymbolReader(lexer, _types, values, attributes);
        _variableReader = new VariableReader(lexer, _types, values, symbols);
        _functionReader = new FunctionReader(lexer, _types, values, attributes, symbols);
    }

    public IrModule Read()
    {
        while (_lexer.Kind != TokenKind.End)
            ReadEntry();
        var debug = new DebugInfoBuilder(_metadata, _treeRoot).Build(_functionReader.Locations);
        return new IrModule(
            _lexer.Path,
            _sourceFile,
            _named,
            _variables.DrainToImmutable(),
            _functions.DrainToImmutable(),
            _aliases.DrainToImmutable(),
            debug
        );
    }

    private void ReadEntry()
    {
        switch (_lexer.Kind)
        {
            case TokenKind.Global:
                ReadVariable();
                break;
            case TokenKind.Local:
                ReadNamedType();
                break;
            case TokenKind.Metadata:
                _metadata.Add(_lexer.Value, _lexer.Place);
                _lexer.SkipLine();
                break;
            case TokenKind.Comdat or TokenKind.Summary:
                _lexer.SkipLine();
                break;
            case TokenKind.Word:
                ReadKeyword();
                break;
            default:
                throw _lexer.Error("not understood");
        }
    }

    private void ReadKeyword()
    {
        switch (_lexer.Value)
        {
            case "define":
                _functions.Add(_functionReader.Read(isDefinition: true));
                break;
            case "declare":
                _functions.Add(_functionReader.Read(isDefinition: false));
                break;
            case "source_filename":
                _lexer.Advance();
                _lexer.Expect('=');
                _sourceFile = _lexer.TakeName(TokenKind.Text, "name");
                break;
            // Assembly of the module only exports symbols; it has no code that a function could reach.
            case "target" or "module" or "attributes" or "uselistorder" or "uselistorder_bb":
                _lexer.SkipLine();
                break;
            default:
                throw _lexer.Error("not understood");
        }
    }

    private void ReadVariable()
    {
        var (variable, alias) = _variableReader.Read();
        if (variable is not null)
            _variables.Add(variable);
        if (alias is not null)
            _aliases.Add(alias);
    }

    private void ReadNamedType()
    {
        var place = _lexer.Place;
        var name = _lexer.TakeName(TokenKind.Local, "name");
        _lexer.Expect('=');
        _lexer.ExpectWord("type");
        var type = _lexer.AcceptWord("opaque") ? null : _types.Read();
        if (!_named.TryAdd(name, type))
            throw _lexer.ErrorAt(place, "type defined twice");
    }
}
