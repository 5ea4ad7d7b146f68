using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace IommuSim.Cli;

/// <summary>
/// Searches run for minutes, most commands for less than a second. The compiler waits before it optimizes, which the
/// short ones need; a search would run for half of its time in code that is not. How long it waits is read when the
/// process starts, so that a search starts its own program again, in this process, with other settings.
/// </summary>
internal static partial class LongRun
{
    private const string Setting = "DOTNET_TC_CallCountingDelayMs";

    /// <summary>And 32 MB for young objects, of which nearly all are garbage soon.</summary>
    private static readonly string[] s_settings = [$"{Setting}=1", "DOTNET_GCgen0size=0x2000000"];

    /// <summary>
    /// The compiler looks first at what the code does. That costs a second, and makes a fuzz of the kernel's own C a
    /// fifth faster from then on; models, and the tasks of explorations, are through too soon.
    /// </summary>
    private static readonly string[] s_profiled = ["DOTNET_TieredPGO=1", "DOTNET_TC_CallCountThreshold=0x100"];

    private const string Program = "/proc/self/exe";

    private static readonly string[] s_commands = ["explore", "fuzz", "hunt", "mutants", "review"];

    /// <summary>
    /// Does not return where the program starts again. Returns for any other command, where the setting was made by
    /// the user, and where the system cannot do it: the search is slower then.
    /// </summary>
    public static void Enter(string[] args)
    {
        if (args.Length == 0 || !s_commands.Contains(args[0]) || !OperatingSystem.IsLinux())
            return;
        if (Environment.GetEnvironmentVariable(Setting) is not null)
            return;
        string[] variables =
        [
            .. s_settings,
            .. IsFuzzOfC(args) ? s_profiled : [],
            .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(v => $"{v.Key}={v.Value}"),
        ];
        // What the process was started with; under `dotnet iommusim.dll` that is more than the arguments.
        var line = File.ReadAllBytes("/proc/self/cmdline"); // Each word ends with a 0.
        var words = Encoding.UTF8.GetString(line)[..^1].Split('\0');
        if (words.Length >= args.Length)
            Execute(Program, [.. words, null], [.. variables, null]);
    }

    private static bool IsFuzzOfC(string[] args) =>
        args[0] == "fuzz" && args.Any(word => word.EndsWith(".kernel", StringComparison.Ordinal));

    [LibraryImport("libc", EntryPoint = "execve", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments, string?[] variables);
}
