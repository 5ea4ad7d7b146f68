using IommuSim.Search.Oracles;

namespace IommuSim.Cli.Rendering.Html;

/// <summary>The objects after each step of a run, one picture below the other, in a file of its own.</summary>
internal sealed class StepsSvg
{
    private const double Margin = 16;
    private const double Line = 22;

    /// <summary>Of a letter in a caption, which is of one width.</summary>
    private const double Letter = 8;

    private readonly HtmlText _svg = new();
    private readonly List<(string Caption, bool Holds, ObjectSvg? Picture)> _steps = [];
    private ObjectPicture? _last;

    /// <summary>Adds a step; what it changed stands out.</summary>
    /// <param name="picture">Null where there is nothing to draw.</param>
    public void Add(string caption, bool holds, ObjectPicture? picture)
    {
        var drawn = picture is null ? null : new ObjectSvg(picture, _last);
        _steps.Add((caption, holds, drawn));
        _last = picture ?? new ObjectPicture([], []);
    }

    /// <summary>The file, light or dark as the system is.</summary>
    public string Document(string title)
    {
        var captions = _steps.Select(step => step.Caption).Append(title).Max(caption => caption.Length * Letter);
        var width = (2 * Margin) + Math.Max(captions, _steps.Max(step => step.Picture?.Width ?? 0));
        var height = Margin + Line + _steps.Sum(step => (2 * Line) + (step.Picture?.Height ?? 0));
        _svg.Element(
            "svg",
            () => WriteSteps(title),
            "xmlns",
            "http://www.w3.org/2000/svg",
            "viewBox",
            $"0 0 {HtmlText.Number(width)} {HtmlText.Number(height)}",
            "width",
            HtmlText.Number(width),
            "height",
            HtmlText.Number(height)
        );
        return _svg.ToString();
    }

    private void WriteSteps(string title)
    {
        _svg.Element("title", title).Style(PageStyle.Svg);
        _svg.Element("rect", "", "width", "100%", "height", "100%", "class", "paper");
        var y = Margin + (Line / 2);
        Caption(title, y, "title");
        foreach (var (caption, holds, picture) in _steps)
        {
            y += Line;
            Caption(caption, y, holds ? "caption" : "caption bad");
            y += Line / 2;
            if (picture is not null)
            {
                var place = $"translate({HtmlText.Number(Margin)},{HtmlText.Number(y)})";
                _svg.Element("g", () => picture.WriteParts(_svg), "transform", place);
                y += picture.Height;
            }

            y += Line / 2;
        }
    }

    private void Caption(string text, double y, string look) =>
        _svg.Element("text", text, "x", HtmlText.Number(Margin), "y", HtmlText.Number(y), "class", look);
}
