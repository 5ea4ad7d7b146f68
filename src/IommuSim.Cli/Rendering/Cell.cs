namespace IommuSim.Cli.Rendering;

/// <summary>The text of a table's cell; may have several lines.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);

    /// <summary>Characters of the longest line.</summary>
    public int Width => Text.Split('\n').Max(line => line.Length);
}
