using System.Globalization;

namespace IommuSim.Cli;

/// <summary>
/// A line on standard error for a terminal that has waited a second; gone before the answer comes. Threads share it.
/// </summary>
internal sealed class Progress(CommandContext context)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _line = new();
    private readonly long _started = context.Settings.Clock.GetTimestamp();
    private TimeSpan _next = s_patience;
    private int _longest;

    public TimeSpan Elapsed => context.Settings.Clock.GetElapsedTime(_started);

    /// <summary>Shows the line when its time has come.</summary>
    public void Report(Func<string> line)
    {
        if (!context.Settings.Progress || Elapsed < _next)
            return;
        lock (_line)
        {
            var text = line();
            _next = Elapsed + s_interval;
            _longest = Math.Max(_longest, text.Length);
            context.Error.Write("\r" + text.PadRight(_longest));
            context.Error.Flush();
        }
    }

    public void Clear()
    {
        if (_longest > 0)
            context.Error.Write("\r" + new string(' ', _longest) + "\r");
        _longest = 0;
    }
}

/// <summary>
/// The clock of a search, its progress line, and Ctrl-C: the first one ends the search, and what was found so far is
/// printed.
/// </summary>
internal sealed class SearchWatch(CommandContext context, TimeSpan? duration) : IDisposable
{
    private readonly Progress _progress = new(context);
    private readonly CancellationToken _interrupt = context.Settings.Interrupts();

    public TimeSpan Elapsed => _progress.Elapsed;

    public bool Interrupted => _interrupt.IsCancellationRequested;

    /// <summary>Whether to go on; shows the line when its time has come.</summary>
    public bool GoOn(Func<TimeSpan, string> line)
    {
        _progress.Report(() => line(Elapsed));
        return !Interrupted && (duration is not { } limit || Elapsed < limit);
    }

    public void Clear() => _progress.Clear();

    public void Dispose() => Clear();

    public static string Rate(double count, TimeSpan elapsed) =>
        (count / Math.Max(0.001, elapsed.TotalSeconds)).ToString("#,0", CultureInfo.InvariantCulture);
}
