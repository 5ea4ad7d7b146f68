using System.Globalization;

namespace IommuSim.Cli.Commands;

/// <summary>
/// The clock of a search, its progress line, and Ctrl-C: the first one ends the search, and what was
/// found so far is printed.
/// </summary>
internal sealed class SearchWatch : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly CommandContext _context;
    private readonly TimeSpan? _duration;
    private readonly long _started;
    private readonly Lock _line = new();
    private TimeSpan _next = TimeSpan.FromSeconds(1);
    private int _shown;
    private readonly CancellationToken _interrupt;

    public SearchWatch(CommandContext context, TimeSpan? duration)
    {
        _context = context;
        _duration = duration;
        _started = context.Settings.Clock.GetTimestamp();
        _interrupt = context.Settings.Interrupts();
    }

    public TimeSpan Elapsed => _context.Settings.Clock.GetElapsedTime(_started);

    public bool Interrupted => _interrupt.IsCancellationRequested;

    /// <summary>Whether to go on; shows the line when its time has come.</summary>
    public bool GoOn(Func<TimeSpan, string> line)
    {
        var elapsed = Elapsed;
        if (_context.Settings.Progress && elapsed >= _next)
        {
            lock (_line)
            {
                _next = elapsed + s_interval;
                Show(line(elapsed));
            }
        }

        return !Interrupted && (_duration is not { } limit || elapsed < limit);
    }

    public void Clear()
    {
        if (_shown > 0)
            _context.Error.Write("\r" + new string(' ', _shown) + "\r");
        _shown = 0;
    }

    public void Dispose() => Clear();

    public static string Rate(double count, TimeSpan elapsed) =>
        (count / Math.Max(0.001, elapsed.TotalSeconds)).ToString("#,0", CultureInfo.InvariantCulture);

    private void Show(string line)
    {
        var blanks = new string(' ', Math.Max(0, _shown - line.Length));
        _shown = line.Length;
        _context.Error.Write("\r" + line + blanks);
        _context.Error.Flush();
    }
}
