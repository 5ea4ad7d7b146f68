namespace IommuSim.Cli.Rendering;

/// <summary>Deals the width there is out over the columns of a table.</summary>
internal static class ColumnWidths
{
    /// <summary>Blanks between two columns.</summary>
    public const int Gap = 2;

    /// <summary>Narrower than this, prose is one word a line.</summary>
    private const int NarrowestProse = 12;

    /// <summary>
    /// The tables that a matrix has to be printed as: for each, its columns, the first in all of
    /// them.
    /// </summary>
    public static IEnumerable<int[]> Blocks(PageTable table, int width)
    {
        var columns = new List<int> { 0 };
        var used = table.NaturalWidth(0);
        for (var column = 1; column < table.Columns.Count; column++)
        {
            var needed = OfMatrix(table, column) + Gap;
            if (columns.Count > 1 && used + needed > width)
            {
                yield return [.. columns];
                columns = [0];
                used = table.NaturalWidth(0);
            }

            columns.Add(column);
            used += needed;
        }

        yield return [.. columns];
    }

    /// <summary>A matrix never shrinks its columns: it has as many blocks as it takes.</summary>
    public static int OfMatrix(PageTable table, int column)
    {
        var natural = table.NaturalWidth(column);
        return table.WrapAt == 0 || column == 0 ? natural : Math.Min(natural, table.WrapAt);
    }

    /// <summary>
    /// Columns of prose share what the others leave, a short one taking no more than it needs.
    /// </summary>
    public static int[] Fit(PageTable table, int width)
    {
        var widths = Enumerable.Range(0, table.Columns.Count).Select(table.NaturalWidth).ToArray();
        var left = width - (Gap * (widths.Length - 1));
        var prose = new List<int>();
        for (var column = 0; column < widths.Length; column++)
        {
            if (table.Prose.Contains(column))
                prose.Add(column);
            else
                left -= widths[column];
        }

        foreach (var column in prose.OrderBy(c => widths[c]).ToArray())
        {
            widths[column] = Math.Min(widths[column], Math.Max(NarrowestProse, left / prose.Count));
            left -= widths[column];
            prose.Remove(column);
        }

        return widths;
    }
}
