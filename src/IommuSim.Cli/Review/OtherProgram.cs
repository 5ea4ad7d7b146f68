using System.ComponentModel;
using System.Diagnostics;

namespace IommuSim.Cli.Review;

/// <summary>What a program that ran to its end has left.</summary>
internal readonly record struct ProgramOutput(int Status, string Output, string Error);

/// <summary>Runs other programs to their end.</summary>
internal static class OtherProgram
{
    /// <summary>Null where there is no such program.</summary>
    /// <param name="folder">In which it runs.</param>
    /// <param name="settings">Of its environment.</param>
    /// <param name="interrupt">Kills it.</param>
    public static ProgramOutput? Run(
        string program,
        string folder,
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)>? settings = null,
        CancellationToken interrupt = default
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        start.Environment["LC_ALL"] = "C";
        // A hook of git has them, for its own repository.
        foreach (var name in new[] { "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX" })
            start.Environment.Remove(name);
        foreach (var (name, value) in settings ?? [])
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            using var ended = interrupt.Register(() => process.Kill(entireProcessTree: true));
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            interrupt.ThrowIfCancellationRequested();
            return new ProgramOutput(process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
