using Spectre.Console;
using Spectre.Console.Rendering;

namespace IommuSim.Cli.Rendering;

/// <summary>One rule under the headings and nothing else, so that tables stay easy to cut and to grep.</summary>
internal sealed class RuledBorder : TableBorder
{
    public override string GetPart(TableBorderPart part) =>
        part switch
        {
            TableBorderPart.HeaderBottom => "─",
            TableBorderPart.HeaderBottomSeparator => "─",
            _ => "",
        };
}
