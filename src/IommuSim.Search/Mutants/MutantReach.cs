using System.Globalization;

namespace IommuSim.Search.Mutants;

/// <summary>
/// What the searches show on the kernel as it is, and which mutants' places each piece of them comes to. Kept in a
/// file, so that a campaign goes on where it was ended.
/// </summary>
internal sealed class MutantReach(string path, string identity)
{
    private const char Separator = '\t';

    public bool TryRead(
        IReadOnlyList<MutantUnit> units,
        HashSet<(MutantSearchKind, string Title)> known,
        out bool[] boot
    )
    {
        boot = [];
        if (!File.Exists(path))
            return false;
        using var file = new StreamReader(path);
        if (file.ReadLine() != identity)
            return false;
        boot = Visited(file.ReadLine()!);
        var titles = int.Parse(file.ReadLine()!, CultureInfo.InvariantCulture);
        for (var i = 0; i < titles; i++)
        {
            var parts = file.ReadLine()!.Split(Separator);
            known.Add((Enum.Parse<MutantSearchKind>(parts[0]), parts[1]));
        }

        foreach (var unit in units)
            unit.Reached = Visited(file.ReadLine()!);
        return true;
    }

    public void Write(
        IReadOnlyList<MutantUnit> units,
        HashSet<(MutantSearchKind Search, string Title)> known,
        bool[] boot
    )
    {
        using (var file = new StreamWriter(path + ".new"))
        {
            file.WriteLine(identity);
            file.WriteLine(Text(boot));
            file.WriteLine(known.Count.ToString(CultureInfo.InvariantCulture));
            foreach (var (search, title) in known)
                file.WriteLine($"{search}{Separator}{title.ReplaceLineEndings(" ")}");
            foreach (var unit in units)
                file.WriteLine(Text(unit.Reached));
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Text(bool[] visited) => string.Concat(visited.Select(v => v ? '1' : '0'));

    private static bool[] Visited(string line) => [.. line.Select(c => c == '1')];
}
