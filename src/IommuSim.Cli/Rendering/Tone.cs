namespace IommuSim.Cli.Rendering;

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
