namespace IommuSim.Cli;

/// <summary>
/// Ctrl-C for commands that keep what they have found: the first one asks them to stop, the second ends
/// the process.
/// </summary>
internal static class ConsoleInterrupt
{
    public static CancellationToken Listen()
    {
        var source = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = !source.IsCancellationRequested;
            source.Cancel();
        };
        return source.Token;
    }
}
