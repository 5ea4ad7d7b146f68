namespace IommuSim.Cli.Rendering;

/// <summary>An answer as a reader gets it: headings, sentences and tables in their order.</summary>
internal sealed class Page
{
    private readonly List<object> _blocks = [];

    /// <summary>Each a <see cref="Heading"/>, a string or a <see cref="PageTable"/>.</summary>
    public IReadOnlyList<object> Blocks => _blocks;

    public Page Title(string text)
    {
        _blocks.Add(new Heading(text));
        return this;
    }

    public Page Text(string text)
    {
        _blocks.Add(text);
        return this;
    }

    public Page Table(PageTable table)
    {
        if (table.Rows.Count > 0)
            _blocks.Add(table);
        return this;
    }

    internal sealed record Heading(string Text);
}
