namespace IommuSim.Cli;

/// <summary>
/// A line on standard error for whoever has waited a second; gone before the answer comes.
/// </summary>
internal sealed class Progress(CommandContext context)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly long _started = context.Settings.Clock.GetTimestamp();
    private TimeSpan _next = s_patience;
    private bool _shown;
    private int _longest;

    public void Report(int done, int all) => Report($"{done} of {all} runs");

    public void Report(string what)
    {
        if (!context.Settings.Progress)
            return;
        var elapsed = context.Settings.Clock.GetElapsedTime(_started);
        if (elapsed < _next)
            return;
        _next = elapsed + s_interval;
        _shown = true;
        context.Error.Write("\r" + what.PadRight(_longest));
        _longest = Math.Max(_longest, what.Length);
        context.Error.Flush();
    }

    public void Clear()
    {
        if (_shown)
            context.Error.Write("\r" + new string(' ', _longest) + "\r");
    }
}
