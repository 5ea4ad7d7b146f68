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
    public Page Verbatim(string text)
    {
        _blocks.Add(new Listing(text.Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n')));
        return this;
    }

    /// <summary>A table; one without rows is left out.</summary>
    public Page Table(PageTable table)
    {
        if (table.Rows.Count > 0)
            _blocks.Add(table);
        return this;
    }

    internal sealed record Heading(string Text);

    internal sealed record Sentences(string Text, Tone Tone);

    internal sealed record Listing(string Text);
}
