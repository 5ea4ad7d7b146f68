using System.Globalization;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;
using static IommuSim.Bridge.Host.Seccomp;

namespace IommuSim.Bridge;

/// <summary>
/// What runs between the bridge and the program: this same executable once more, which installs the filter
/// on its one thread, hands its listener to the bridge, and becomes the program. A managed process cannot
/// fork, so the bridge starts it as any other.
/// </summary>
public static unsafe class ChildStage
{
    /// <summary>The first word of its command line; users never write it.</summary>
    public const string Verb = "__become";

    /// <summary>
    /// Keeps the runtime from leaving a socket for debuggers behind, which nothing would remove after execve.
    /// </summary>
    internal const string QuietVariable = "DOTNET_EnableDiagnostics";

    /// <summary>The words behind the verb and before the program's own.</summary>
    internal const int Words = 3;

    private const int NoProcess = -1;

    /// <summary>Becomes the program; comes back only when it cannot, with the exit status.</summary>
    /// <param name="arguments">The verb, our end of the channel, 1 to drop the variable above, the program,
    /// its words.</param>
    public static int Run(IReadOnlyList<string> arguments)
    {
        var channel = new StageChannel(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        channel.CloseOnExec();
        string[] words = [.. arguments.Skip(Words)];
        if (ProgramPath.Find(words[0]) is not { } path)
        {
            channel.Send(StageMessage.NotFound, 0);
            return 1;
        }

        Inherit();
        StageChannel.Prepare();
        using var argv = new NativeStrings(words);
        using var environment = new NativeStrings(
            [],
            NativeStrings.EnvironmentWithout(arguments[2] == "1" ? QuietVariable : null)
        );
        using var program = new NativeStrings([path]);
        if (Libc.Prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            return Fail(channel, StageMessage.NoFilter);
        var listener = Install();
        if (listener < 0)
            return Fail(channel, StageMessage.NoFilter);

        // From here on this thread's own opens wait for the bridge, which answers once it has the listener.
        channel.Send(StageMessage.Listening, listener);
        channel.AwaitWord();
        _ = Libc.Execve(program.Pointer[0], argv.Pointer, environment.Pointer);
        channel.Send(StageMessage.NotExecutable, Libc.LastError);
        Libc.Exit(1);
        return 1;
    }

    /// <summary>Gives the program what the bridge was started with, where the runtime changed it.</summary>
    private static void Inherit()
    {
        _ = Libc.Prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        _ = Libc.Signal(SIGPIPE, 0);

        // The runtime raises the limit of open files; the process that started the bridge still has the old one.
        ResourceLimit ours,
            theirs;
        if (
            Libc.Prlimit(0, RLIMIT_NOFILE, null, &ours) == 0
            && ParentOf(Libc.GetParentPid()) is > 0 and var starter
            && Libc.Prlimit(starter, RLIMIT_NOFILE, null, &theirs) == 0
            && theirs.Soft < ours.Soft
        )
        {
            ours.Soft = theirs.Soft;
            _ = Libc.Prlimit(0, RLIMIT_NOFILE, &ours, null);
        }
    }

    private static int ParentOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status")
                .FirstOrDefault(l => l.StartsWith("PPid:", StringComparison.Ordinal));
            return line is null ? NoProcess : int.Parse(line.AsSpan(5).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return NoProcess;
        }
    }

    /// <summary>Filters this thread alone; returns the listener, or -1.</summary>
    private static int Install()
    {
        var instructions = SeccompFilter.Make();
        fixed (SeccompFilter.Instruction* start = instructions)
        {
            var program = new SeccompFilter.Program { Length = (ushort)instructions.Length, Instructions = start };
            return (int)
                Libc.Syscall(
                    __NR_seccomp,
                    SECCOMP_SET_MODE_FILTER,
                    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                    (long)&program
                );
        }
    }

    private static int Fail(StageChannel channel, StageMessage message)
    {
        channel.Send(message, Libc.LastError);
        return 1;
    }
}

/// <summary>Finds programs as execvp(3) does.</summary>
internal static class ProgramPath
{
    private const string UsualPath = "/bin:/usr/bin";

    /// <summary>The file to execute, or null when there is none.</summary>
    public static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return IsProgram(name) ? name : null;
        var folders = Environment.GetEnvironmentVariable("PATH") ?? UsualPath;
        return name.Length == 0
            ? null
            : folders
                .Split(':')
                .Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, name))
                .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path) => !Directory.Exists(path) && Libc.Access(path, X_OK) == 0;
}
