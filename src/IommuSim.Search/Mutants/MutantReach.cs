namespace IommuSim.Search.Mutants;

/// <summary>
/// What each piece of the searches shows on the kernel as it is, and which mutants' places it comes to. Kept in a file,
/// so that a campaign goes on where it was ended, and a new scenario alone is looked at.
/// </summary>
internal sealed class MutantReach
{
    private const char Separator = '\t';
    private const string Boot = "boot";

    private readonly string _path;
    private readonly string _identity;
    private readonly Dictionary<string, string[]> _lines = new(StringComparer.Ordinal);

    public MutantReach(string path, string identity)
    {
        (_path, _identity) = (path, identity);
        if (!File.Exists(path) || File.ReadLines(path).FirstOrDefault() != identity)
            return;
        foreach (var line in File.ReadLines(path).Skip(1))
        {
            var parts = line.Split(Separator);
            _lines[parts[0]] = parts;
        }
    }

    /// <summary>The places that a boot comes to; null where it is not known.</summary>
    public bool[]? Booted => _lines.TryGetValue(Boot, out var line) ? Visited(line[1]) : null;

    /// <summary>Fills in what is known of a piece; false where nothing is.</summary>
    public bool TryFill(MutantUnit unit)
    {
        if (!_lines.TryGetValue(unit.Key, out var line))
            return false;
        unit.Reached = Visited(line[1]);
        unit.Known = line[2..];
        return true;
    }

    /// <summary>Writes what is known of all pieces.</summary>
    public void Write(IReadOnlyList<MutantUnit> units, bool[] boot)
    {
        using (var file = new StreamWriter(_path + ".new"))
        {
            file.WriteLine(_identity);
            file.WriteLine($"{Boot}{Separator}{Text(boot)}");
            foreach (var unit in units)
                file.WriteLine(string.Join(Separator, [unit.Key, Text(unit.Reached), .. unit.Known.Select(Plain)]));
        }

        File.Move(_path + ".new", _path, overwrite: true);
    }

    /// <summary>A title as it is compared: in one line.</summary>
    public static string Plain(string title) => title.ReplaceLineEndings(" ").Replace(Separator, ' ');

    private static string Text(bool[] visited) => string.Concat(visited.Select(v => v ? '1' : '0'));

    private static bool[] Visited(string text) => [.. text.Select(c => c == '1')];
}
