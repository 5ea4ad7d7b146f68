namespace IommuSim.Scenarios.Language;

/// <summary>Where a node stands in its file.</summary>
/// <param name="Line">1-based line.</param>
/// <param name="Column">1-based column in UTF-16 units; a tab is one column.</param>
/// <param name="Length">
/// Units covered on that line. Zero marks a place where something is missing. A node that goes on
/// over several lines is shown by its part on the first one.
/// </param>
public readonly record struct SourceSpan(int Line, int Column, int Length)
{
    /// <summary>The column just behind the span.</summary>
    public int End => Column + Length;

    /// <summary>
    /// This span stretched to the end of <paramref name="last"/>, if on one line.
    /// </summary>
    public SourceSpan Through(SourceSpan last) =>
        last.Line == Line && last.End > End ? this with { Length = last.End - Column } : this;
}
