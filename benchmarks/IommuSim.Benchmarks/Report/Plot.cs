using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace IommuSim.Benchmarks.Report;

/// <summary>A plot with two logarithmic axes, as SVG.</summary>
internal sealed class Plot
{
    private const int Width = 760;
    private const int Height = 420;

    private readonly PlotModel _model;

    public Plot(string title, string horizontal, string vertical)
    {
        _model = new PlotModel { Title = title, Background = OxyColors.White };
        _model.Axes.Add(Axis(AxisPosition.Bottom, horizontal));
        _model.Axes.Add(Axis(AxisPosition.Left, vertical));
        _model.Legends.Add(
            new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.RightTop }
        );
    }

    public void Add(string name, IEnumerable<(double X, double Y)> points)
    {
        var line = new LineSeries { Title = name, MarkerType = MarkerType.Circle };
        line.Points.AddRange(points.Select(p => new DataPoint(p.X, p.Y)));
        _model.Series.Add(line);
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var svg = new SvgExporter { Width = Width, Height = Height }.ExportToString(_model);
        File.WriteAllText(path, svg.ReplaceLineEndings("\n"));
    }

    private static LogarithmicAxis Axis(AxisPosition position, string title) =>
        new()
        {
            Position = position,
            Title = title,
            MajorGridlineStyle = LineStyle.Dot,
            UseSuperExponentialFormat = false,
        };
}
