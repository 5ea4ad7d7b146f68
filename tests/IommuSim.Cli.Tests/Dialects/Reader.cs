using System.ComponentModel;
using System.Diagnostics;

namespace IommuSim.Cli.Tests.Dialects;

/// <summary>A program that reads a dialect; where it is not installed its test is skipped with that reason.</summary>
internal static class Reader
{
    /// <summary>
    /// What the program prints of the text, in a file whose name is the last argument. Another status than 0 is an
    /// error of the test.
    /// </summary>
    public static string Run(string text, string program, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var (status, output, error) = Run(program, [.. arguments, file]);
            Assert.True(status == 0, $"{program} ends with status {status}\n{error}");
            return output.TrimEnd('\n');
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Skips the test unless the program does this without an error.</summary>
    public static void Require(string reason, string program, params string[] arguments) =>
        Assert.SkipUnless(Run(program, arguments).Status == 0, reason);

    private static (int Status, string Output, string Error) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONIOENCODING"] = "utf-8" },
        };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed");
            throw;
        }
    }
}
