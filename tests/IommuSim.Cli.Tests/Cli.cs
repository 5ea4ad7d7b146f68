using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>Runs the command without a process, as a pipe would see it.</summary>
internal static class Cli
{
    /// <summary>A file of the folder Inputs, from the root: golden files name no machine.</summary>
    public static string Input(string name) => $"tests/IommuSim.Cli.Tests/Inputs/{name}";

    /// <summary>Compares with a file of the folder Golden.</summary>
    public static void MatchesGolden(string name, string actual) =>
        GoldenFile.Check($"tests/IommuSim.Cli.Tests/Golden/{name}", actual);

    public static CliResult Run(params string[] arguments) => RunAt(ConsoleSettings.DefaultWidth, arguments);

    public static CliResult RunAt(int width, params string[] arguments) =>
        Run(new ConsoleSettings(width, Color: false, Progress: false, new StoppedClock()), arguments);

    public static CliResult RunInColor(params string[] arguments) =>
        Run(
            new ConsoleSettings(ConsoleSettings.DefaultWidth, Color: true, Progress: false, new StoppedClock()),
            arguments
        );

    /// <summary>With these environment variables.</summary>
    public static CliResult RunWith(IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        Run(
            new ConsoleSettings(ConsoleSettings.DefaultWidth, Color: false, Progress: false, new StoppedClock())
            {
                Variable = variables.GetValueOrDefault,
            },
            arguments
        );

    /// <summary>On a clock that is a second further whenever it is read.</summary>
    public static CliResult RunTicking(params string[] arguments) =>
        Run(
            new ConsoleSettings(ConsoleSettings.DefaultWidth, Color: false, Progress: false, new TickingClock()),
            arguments
        );

    private static CliResult Run(ConsoleSettings settings, string[] arguments)
    {
        Environment.CurrentDirectory = RepositoryRoot.Path;
        var output = new StringWriter();
        var error = new StringWriter();
        var exit = CommandLine.Run(arguments, output, error, settings);
        return new CliResult(exit, output.ToString(), error.ToString());
    }

    /// <summary>Durations in golden files are zero.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class TickingClock : TimeProvider
    {
        private long _seconds;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds) * TimestampFrequency;
    }
}

internal sealed record CliResult(int Exit, string Output, string Error);
