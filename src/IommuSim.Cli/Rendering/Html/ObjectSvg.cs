using System.Globalization;
using IommuSim.Search.Oracles;

namespace IommuSim.Cli.Rendering.Html;

/// <summary>
/// A picture of objects in layers: what holds another stands above it. A line leads from the holder to what it holds.
/// </summary>
internal sealed class ObjectSvg
{
    private const double BoxWidth = 132;
    private const double BoxHeight = 42;
    private const double Across = 20;
    private const double Down = 44;
    private const double Margin = 4;

    private readonly ObjectPicture _picture;
    private readonly ObjectPicture? _before;
    private readonly (double X, double Y)[] _places;

    /// <param name="before">An earlier picture: what has another number of users now, or is new, stands out.</param>
    public ObjectSvg(ObjectPicture picture, ObjectPicture? before = null)
    {
        _picture = picture;
        _before = before;
        _places = new (double, double)[picture.Objects.Count];
        Place();
    }

    /// <summary>In pixels, as all measures here.</summary>
    public double Width { get; private set; }

    public double Height { get; private set; }

    /// <summary>Writes the picture, with the same in words for who does not see it.</summary>
    public static void Write(HtmlText html, ObjectPicture picture)
    {
        var svg = new ObjectSvg(picture);
        html.Element(
            "svg",
            () => svg.WriteParts(html),
            "viewBox",
            $"0 0 {HtmlText.Number(svg.Width)} {HtmlText.Number(svg.Height)}",
            "width",
            HtmlText.Number(svg.Width),
            "height",
            HtmlText.Number(svg.Height),
            "role",
            "img",
            "aria-label",
            Words(picture)
        );
    }

    /// <summary>The objects and what each holds, in a sentence.</summary>
    public static string Words(ObjectPicture picture)
    {
        var parts = picture.Objects.Select(
            (o, i) =>
            {
                var held = picture.Holds.Where(h => h.Holder == i).Select(h => Id(picture.Objects[h.Held])).ToArray();
                var holds = held.Length == 0 ? "" : $", holds {string.Join(" and ", held)}";
                return $"{Id(o)} {o.Name}, users {Users(o)}{holds}";
            }
        );
        return string.Join("; ", parts);
    }

    private static string Id(PicturedObject o) => o.Id.ToString(CultureInfo.InvariantCulture);

    private static string Users(PicturedObject o) => ((int)o.Users).ToString(CultureInfo.InvariantCulture);

    /// <summary>The lowest layer holds nothing; each other one lies above all that it holds.</summary>
    private int[] Layers()
    {
        var layers = new int[_picture.Objects.Count];
        // As many rounds as there are objects are enough where they are no circle, and end where they are.
        for (var round = 0; round < layers.Length; round++)
        {
            foreach (var (holder, held) in _picture.Holds)
                layers[holder] = Math.Min(layers.Length, Math.Max(layers[holder], layers[held] + 1));
        }

        return layers;
    }

    private void Place()
    {
        var layers = Layers();
        var rows = Enumerable
            .Range(0, layers.Length)
            .GroupBy(i => layers[i])
            .OrderByDescending(row => row.Key)
            .Select(row => row.ToArray())
            .ToArray();
        Width = (2 * Margin) + rows.Max(WidthOf);
        Height = (2 * Margin) + (rows.Length * BoxHeight) + ((rows.Length - 1) * Down);
        for (var row = 0; row < rows.Length; row++)
        {
            var x = (Width - WidthOf(rows[row])) / 2;
            // Below its holders, so that fewer lines cross.
            foreach (var i in rows[row].OrderBy(HoldersOf))
            {
                _places[i] = (x, Margin + (row * (BoxHeight + Down)));
                x += BoxWidth + Across;
            }
        }

        static double WidthOf(int[] row) => (row.Length * BoxWidth) + ((row.Length - 1) * Across);
    }

    /// <summary>The middle of an object's holders, which are placed; to the right where nothing holds it.</summary>
    private double HoldersOf(int held)
    {
        double[] holders = [.. _picture.Holds.Where(h => h.Held == held).Select(h => _places[h.Holder].X)];
        return holders.Length == 0 ? Width : holders.Average();
    }

    /// <summary>Writes what is in the picture, into an element of the size.</summary>
    public void WriteParts(HtmlText html)
    {
        html.Element(
            "defs",
            () =>
                html.Element(
                    "marker",
                    () => html.Element("path", "", "d", "M0,0 L8,4 L0,8 z", "class", "head"),
                    ["id", "head", "markerWidth", "8", "markerHeight", "8", "refX", "7", "refY", "4", "orient", "auto"]
                )
        );
        foreach (var same in _picture.Holds.GroupBy(hold => hold))
            WriteLine(html, same.Key, same.Count());
        for (var i = 0; i < _places.Length; i++)
            WriteBox(html, _picture.Objects[i], _places[i]);
    }

    private void WriteLine(HtmlText html, PicturedHold hold, int count)
    {
        var ((x1, y1), (x2, y2)) = (_places[hold.Holder], _places[hold.Held]);
        (x1, y1) = (x1 + (BoxWidth / 2), y1 + BoxHeight);
        x2 += BoxWidth / 2;
        // A line that passes a layer bends to the side, so as not to lie behind its boxes.
        var bend = y2 - y1 > Down + 1 && Math.Abs(x2 - x1) < BoxWidth ? (BoxWidth / 2) + Across : 0;
        var path =
            $"M{HtmlText.Number(x1)},{HtmlText.Number(y1)} "
            + $"C{HtmlText.Number(x1 + bend)},{HtmlText.Number(y1 + (Down / 2))} "
            + $"{HtmlText.Number(x2 + bend)},{HtmlText.Number(y2 - (Down / 2))} "
            + $"{HtmlText.Number(x2)},{HtmlText.Number(y2)}";
        html.Element("path", "", "d", path, "class", "line", "marker-end", "url(#head)");
        if (count > 1)
        {
            html.Element(
                "text",
                string.Create(CultureInfo.InvariantCulture, $"{count} times"),
                ["x", HtmlText.Number((x1 + x2) / 2), "y", HtmlText.Number((y1 + y2) / 2), "class", "users"]
            );
        }
    }

    private bool IsChanged(PicturedObject o) => _before is not null && !_before.Objects.Contains(o);

    private void WriteBox(HtmlText html, PicturedObject o, (double X, double Y) place)
    {
        var (x, y) = place;
        var name = o.Name.StartsWith("an ", StringComparison.Ordinal) ? o.Name[3..] : o.Name[2..];
        var middle = HtmlText.Number(x + (BoxWidth / 2));
        html.Element(
            "rect",
            "",
            [
                "x",
                HtmlText.Number(x),
                "y",
                HtmlText.Number(y),
                "width",
                HtmlText.Number(BoxWidth),
                "height",
                HtmlText.Number(BoxHeight),
                "rx",
                "6",
                "class",
                IsChanged(o) ? "box changed" : "box",
            ]
        );
        html.Element("text", $"{Id(o)} {name}", ["x", middle, "y", HtmlText.Number(y + 18), "class", "name"]);
        html.Element("text", $"users {Users(o)}", ["x", middle, "y", HtmlText.Number(y + 34), "class", "users"]);
    }
}
