namespace IommuSim.Cli.Rendering;

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
