using IommuSim.Source.Ir;

namespace IommuSim.Source.Reading;

/// <summary>Makes the debug information of what the instructions name.</summary>
internal sealed class DebugInfoBuilder(MetadataReader metadata, string? treeRoot)
{
    /// <summary>More scopes or inlined calls than this around a line come from a circle.</summary>
    private const int DeepestNesting = 1000;

    private readonly SourcePaths _paths = new(treeRoot);
    private readonly Dictionary<int, SourceLocation> _locations = [];
    private readonly Dictionary<int, (string File, string Function)> _scopes = [];
    private readonly Dictionary<int, string> _files = [];

    /// <param name="named">Numbers of locations, each with the place of an instruction that names it.</param>
    public DebugInfo Build(IReadOnlyDictionary<int, (int Line, int Start)> named)
    {
        foreach (var (number, user) in named)
            AddLocation(number, user);
        return new DebugInfo(_locations, new StructLayoutBuilder(metadata).Build());
    }

    private void AddLocation(int number, (int Line, int Start) user)
    {
        // The innermost comes first, but a location holds those around it.
        var pending = new Stack<MetadataNode>();
        SourceLocation? around = null;
        for (int? next = number; next is { } current; )
        {
            if (_locations.TryGetValue(current, out around))
                break;
            var node = metadata.Get(current, user);
            if (!node.Is("DILocation"))
                throw metadata.Error(node, "DILocation expected");
            if (pending.Count == DeepestNesting)
                throw metadata.Error(node, "inlined too deep");
            pending.Push(node);
            user = node.Place;
            next = node.Reference("inlinedAt");
        }

        while (pending.TryPop(out var node))
        {
            var (file, function) = ScopeOf(node);
            var lineOfSource = (int)Math.Min(node.Integer("line") ?? 0, int.MaxValue);
            _locations[node.Number] = around = new SourceLocation(file, lineOfSource, function, around);
        }
    }

    private (string File, string Function) ScopeOf(MetadataNode node)
    {
        var innermost = node.Reference("scope") ?? throw metadata.Error(node, "scope expected");
        if (_scopes.TryGetValue(innermost, out var known))
            return known;
        string? file = null;
        var scope = metadata.Get(innermost, node.Place);
        for (var depth = 0; !scope.Is("DISubprogram"); depth++)
        {
            if (!scope.Is("DILexicalBlock") && !scope.Is("DILexicalBlockFile"))
                throw metadata.Error(scope, "scope of a function expected");
            if (depth == DeepestNesting)
                throw metadata.Error(scope, "nested too deep");
            file ??= FileOf(scope);
            var outer = scope.Reference("scope") ?? throw metadata.Error(scope, "scope expected");
            scope = metadata.Get(outer, scope.Place);
        }

        var found = (file ?? FileOf(scope) ?? "", scope.Text("name") ?? "");
        _scopes[innermost] = found;
        return found;
    }

    private string? FileOf(MetadataNode scope)
    {
        if (scope.Reference("file") is not { } number)
            return null;
        if (_files.TryGetValue(number, out var file))
            return file;
        var node = metadata.Get(number, scope.Place);
        if (!node.Is("DIFile"))
            throw metadata.Error(node, "DIFile expected");
        file = _paths.InTree(node.Text("filename") ?? "", node.Text("directory") ?? "");
        _files[number] = file;
        return file;
    }
}
