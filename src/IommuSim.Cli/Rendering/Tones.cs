using Spectre.Console;

namespace IommuSim.Cli.Rendering;

/// <summary>What each tone looks like on a terminal.</summary>
internal static class Tones
{
    public static Style StyleOf(Tone tone) =>
        tone switch
        {
            Tone.Strong => new Style(decoration: Decoration.Bold),
            Tone.Quiet => new Style(Color.Grey),
            Tone.Good => new Style(Color.Green),
            Tone.Refused => new Style(Color.Yellow),
            Tone.Bad => new Style(Color.Red),
            _ => Style.Plain,
        };
}
