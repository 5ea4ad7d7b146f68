namespace IommuSim.Cli.Rendering;

/// <summary>Breaks text between words, and words only when there is no other way.</summary>
internal static class WordWrap
{
    /// <summary>
    /// Lines of at most <paramref name="width"/> characters. Line ends in the text stay, and so
    /// does the indentation of its lines, also where they go on.
    /// </summary>
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            if (line.Length <= width)
                lines.Add(line);
            else
                Break(lines, line, width);
        }

        return lines;
    }

    private static void Break(List<string> lines, string line, int width)
    {
        var indent = new string(' ', Math.Min(line.Length - line.TrimStart(' ').Length, width - 1));
        var current = indent;
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var rest = word;
            if (current.Length > indent.Length && current.Length + 1 + rest.Length > width)
            {
                lines.Add(current);
                current = indent;
            }

            while (indent.Length + rest.Length > width)
            {
                var head = HeadOf(rest, width - indent.Length);
                lines.Add(indent + rest[..head]);
                rest = rest[head..];
            }

            current += current.Length > indent.Length ? ' ' + rest : rest;
        }

        lines.Add(current);
    }

    /// <summary>Characters of a long word that go on this line: up to a hyphen when that is not too early.</summary>
    private static int HeadOf(string word, int room)
    {
        var hyphen = word.LastIndexOf('-', room - 1) + 1;
        return hyphen > room / 2 ? hyphen : room;
    }
}
