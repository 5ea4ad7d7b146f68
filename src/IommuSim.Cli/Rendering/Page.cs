namespace IommuSim.Cli.Rendering;

/// <summary>An answer as a reader gets it: headings, sentences and tables in their order.</summary>
internal sealed class Page
{
    private readonly List<object> _blocks = [];

    /// <summary>
    /// Each a <see cref="Heading"/>, <see cref="Sentences"/>, a <see cref="Listing"/> or a table.
    /// </summary>
    public IReadOnlyList<object> Blocks => _blocks;

    public Page Title(string text)
    {
        _blocks.Add(new Heading(text));
        return this;
    }

    /// <summary>Sentences; they wrap.</summary>
    public Page Text(string text, Tone tone = Tone.Plain)
    {
        _blocks.Add(new Sentences(text, tone));
        return this;
    }

    /// <summary>Lines that keep their ends and blanks.</summary>
    /// <param name="folds">A line that is too long goes on in the next, further in: it is read and not copied.</param>
    public Page Verbatim(string text, bool folds = false)
    {
        _blocks.Add(new Listing(text.Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n'), folds));
        return this;
    }

    /// <summary>A table; one without rows is left out.</summary>
    public Page Table(PageTable table)
    {
        if (table.Rows.Count > 0)
            _blocks.Add(table);
        return this;
    }

    /// <summary>A number of things in words.</summary>
    public static string Count(long number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";

    internal sealed record Heading(string Text);

    internal sealed record Sentences(string Text, Tone Tone);

    internal sealed record Listing(string Text, bool Folds);
}

/// <summary>A table that no output knows the width of yet.</summary>
/// <param name="Columns">Their headings.</param>
internal sealed record PageTable(params IReadOnlyList<string> Columns)
{
    private readonly List<IReadOnlyList<Cell>> _rows = [];

    public IReadOnlyList<IReadOnlyList<Cell>> Rows => _rows;

    /// <summary>
    /// Set for a matrix: its first column is repeated, and the others are dealt out over as many
    /// tables as the width makes necessary. Other tables wrap their text.
    /// </summary>
    public bool IsMatrix { get; init; }

    /// <summary>A matrix with prose in its cells wraps it at this width; 0 never does.</summary>
    public int WrapAt { get; init; }

    /// <summary>Columns that wrap when the table is too wide; the others stay whole.</summary>
    public IReadOnlyCollection<int> Prose { get; init; } = [];

    public void Add(params IReadOnlyList<Cell> cells) => _rows.Add(cells);

    /// <summary>Characters that a column needs when nothing wraps.</summary>
    public int NaturalWidth(int column)
    {
        var width = Columns[column].Length;
        foreach (var row in _rows)
            width = Math.Max(width, row[column].Width);
        return width;
    }
}

/// <summary>The text of a table's cell; may have several lines.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);

    /// <summary>Characters of the longest line.</summary>
    public int Width => Text.Split('\n').Max(line => line.Length);
}

/// <summary>What a piece of text is about; the terminal's colours follow from it.</summary>
internal enum Tone
{
    Plain,
    Strong,
    Quiet,
    Good,
    Refused,
    Bad,
}
