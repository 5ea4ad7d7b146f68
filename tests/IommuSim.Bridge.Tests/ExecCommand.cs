using System.Diagnostics;

namespace IommuSim.Bridge.Tests;

/// <summary>Runs <c>iommusim exec</c> as users do, in a process of its own.</summary>
internal static class ExecCommand
{
    /// <summary>This file beside the tests is the command, and its own child stage.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "iommusim");

    public static Process Start(params string[] arguments) => StartProcess(Executable, ["exec", .. arguments]);

    /// <summary>Runs to the end behind a command of the shell, such as one that sets limits.</summary>
    public static ExecResult RunBehind(string command, params string[] arguments)
    {
        using var process = StartProcess(
            "/bin/sh",
            ["-c", $"{command}; exec \"$0\" exec \"$@\"", Executable, .. arguments]
        );
        return Finish(process);
    }

    private static Process StartProcess(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs to the end; skips the test where the host lacks what the bridge needs.</summary>
    public static ExecResult Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return Finish(process);
    }

    public static ExecResult Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var said = error.GetAwaiter().GetResult();
        Assert.SkipWhen(said.Contains("the host forbids", StringComparison.Ordinal), said);
        return new ExecResult(process.ExitCode, output, said);
    }
}

/// <param name="Status">As a shell sees it: 128 and the signal for a program that was killed.</param>
internal sealed record ExecResult(int Status, string Output, string Error)
{
    /// <summary>The program found what it expected, and the machine nothing to report.</summary>
    public void HoldsWithoutReports()
    {
        Assert.True(Status == 0, $"status {Status}\n{Output}{Error}");
        Assert.Matches(" 0 reports(, not modelled: .+)?\n", Error);
        Assert.DoesNotContain("never closed", Error, StringComparison.Ordinal);
    }
}
