using System.Diagnostics;
using IommuSim.Testing;

namespace IommuSim.Cli.Tests;

/// <summary>A test that is a script of the repository, which gets the command as its last word.</summary>
internal static class Script
{
    /// <summary>What the machine lacks is in the one line that the script then prints.</summary>
    private const int NotHad = 3;

    /// <summary>Passes where the script ends with 0, and is skipped with its line where it ends with 3.</summary>
    public static async Task RunAsync(string path, params string[] arguments)
    {
        string[] words =
        [
            RepositoryRoot.Combine(path),
            .. arguments,
            Path.Combine(AppContext.BaseDirectory, "iommusim"),
        ];
        var start = new ProcessStartInfo("bash", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var script = Process.Start(start)!;
        var cancelled = TestContext.Current.CancellationToken;
        var error = script.StandardError.ReadToEndAsync(cancelled);
        var output = (await script.StandardOutput.ReadToEndAsync(cancelled)).Trim();
        await script.WaitForExitAsync(cancelled);
        Assert.SkipWhen(script.ExitCode == NotHad, output);
        Assert.True(script.ExitCode == 0, $"{path}: status {script.ExitCode}\n{output}\n{await error}");
        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }
}
