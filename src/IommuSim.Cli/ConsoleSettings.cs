using System.Globalization;

namespace IommuSim.Cli;

/// <summary>What the command knows of the place it writes to.</summary>
/// <param name="Width">Columns of text.</param>
/// <param name="Color">Whether escape sequences may be written.</param>
/// <param name="Progress">Whether standard error is a terminal.</param>
/// <param name="Clock">Measures the run's own duration.</param>
public sealed record ConsoleSettings(int Width, bool Color, bool Progress, TimeProvider Clock)
{
    /// <summary>Asked by a command that keeps what it has found when it is interrupted.</summary>
    public Func<CancellationToken> Interrupts { get; init; } = static () => default;

    /// <summary>The value of an environment variable by which a runner of many jobs names a shard.</summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>What a pipe gets; the width that every terminal once had.</summary>
    public const int DefaultWidth = 80;

    /// <summary>Narrower than this no table can be read, whatever the terminal says.</summary>
    private const int NarrowestWidth = 40;

    /// <summary>
    /// COLUMNS beats the terminal; NO_COLOR, a pipe and TERM=dumb each turn colours off.
    /// </summary>
    public static ConsoleSettings FromEnvironment()
    {
        var piped = Console.IsOutputRedirected;
        var color =
            !piped
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new ConsoleSettings(
            Math.Max(NarrowestWidth, FindWidth(piped)),
            color,
            !Console.IsErrorRedirected,
            TimeProvider.System
        )
        {
            Interrupts = ConsoleInterrupt.Listen,
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    private static int FindWidth(bool piped)
    {
        var columns = Environment.GetEnvironmentVariable("COLUMNS");
        if (int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out var stated) && stated > 0)
            return stated;
        if (piped)
            return DefaultWidth;
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}

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
