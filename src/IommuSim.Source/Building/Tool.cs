using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IommuSim.Source.Building;

/// <summary>What a program that ran has left.</summary>
/// <param name="Errors">Its lines on standard error.</param>
internal sealed record ToolAnswer(int Status, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);

/// <summary>Runs other programs.</summary>
internal static partial class Tool
{
    private const int Terminate = 15;

    /// <summary>How long a program that was told to end may take to remove its half-written files.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    /// <summary>What a user has set for builds of his own, and what a surrounding make leaves.</summary>
    private static readonly string[] s_removed =
    [
        .. new[] { "ARCH", "SUBARCH", "CROSS_COMPILE", "LLVM", "CC", "LD", "HOSTCC", "KCFLAGS", "KCPPFLAGS", "O", "M" },
        .. new[] { "KBUILD_OUTPUT", "KBUILD_EXTMOD", "KBUILD_VERBOSE", "KCONFIG_CONFIG", "KCONFIG_ALLCONFIG" },
        .. new[] { "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES", "GNUMAKEFLAGS", "LOCALVERSION", "CPATH" },
        .. new[] { "V", "W", "C", "LC_MESSAGES", "LANGUAGE" },
    ];

    /// <param name="line">Called for each line as it comes; one call at a time.</param>
    public static async Task<ToolAnswer> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string searchPath,
        Action<string>? line,
        CancellationToken cancel
    )
    {
        cancel.ThrowIfCancellationRequested();
        var found = Path.IsPathRooted(program) ? program : Toolchain.Locate(program, searchPath);
        var start = new ProcessStartInfo(found ?? program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in s_removed)
            start.Environment.Remove(name);
        start.Environment["PATH"] = searchPath;
        start.Environment["LC_ALL"] = "C";
        using var process = Start(start);
        process.StandardInput.Close();
        var gate = new Lock();
        var output = ReadAsync(process.StandardOutput);
        var errors = ReadAsync(process.StandardError);
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
            throw;
        }

        return new ToolAnswer(process.ExitCode, await output, await errors);

        async Task<List<string>> ReadAsync(StreamReader reader)
        {
            var lines = new List<string>();
            while (await reader.ReadLineAsync(CancellationToken.None) is { } text)
            {
                lines.Add(text);
                lock (gate)
                    line?.Invoke(text);
            }

            return lines;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new SourceBuildException($"{start.FileName} does not start: {failure.Message}");
        }
    }

    /// <summary>Asks first: make removes the target that it was making.</summary>
    private static async Task EndAsync(Process process)
    {
        _ = Kill(process.Id, Terminate);
        using var patience = new CancellationTokenSource(s_grace);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
