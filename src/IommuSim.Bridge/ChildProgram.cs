using System.Globalization;
using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>The program as our child: started behind its filter, signalled, waited for.</summary>
internal sealed unsafe class ChildProgram : IDisposable
{
    private static readonly PosixSignal[] s_forwarded =
    [
        PosixSignal.SIGHUP,
        PosixSignal.SIGINT,
        PosixSignal.SIGQUIT,
        PosixSignal.SIGTERM,
    ];

    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly string _name;
    private readonly int _pid;

    private ChildProgram(int pid, string name, StageChannel channel)
    {
        _pid = pid;
        _name = name;
        Channel = channel;
        ProcessFd = (int)Libc.Syscall(__NR_pidfd_open, pid, 0, 0);
        if (ProcessFd < 0)
            throw Refused("pidfd_open", Libc.LastError);
    }

    public int Pid => _pid;

    public StageChannel Channel { get; }

    /// <summary>Readable when the program has ended.</summary>
    public int ProcessFd { get; }

    /// <summary>As waitpid(2) gives it; null while the program runs.</summary>
    public int? Status { get; private set; }

    /// <param name="self">The command line that starts this executable.</param>
    public static ChildProgram Start(IReadOnlyList<string> self, IReadOnlyList<string> words)
    {
        var (channel, theirs) = StageChannel.Make();
        var quiet = Environment.GetEnvironmentVariable(ChildStage.QuietVariable) is null;
        string[] stage =
        [
            .. self,
            ChildStage.Verb,
            theirs.ToString(CultureInfo.InvariantCulture),
            quiet ? "1" : "0",
            .. words,
        ];
        using var argv = new NativeStrings(stage);
        using var environment = new NativeStrings(
            quiet ? [ChildStage.QuietVariable + "=0"] : [],
            NativeStrings.EnvironmentWithout(null)
        );
        _ = Libc.Prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        int pid;
        var error = Libc.Spawn(&pid, argv.Pointer[0], null, null, argv.Pointer, environment.Pointer);
        _ = Libc.Close(theirs);
        if (error != 0)
            throw Refused("starting a process", error);
        return new ChildProgram(pid, words[0], channel);
    }

    /// <summary>Waits until the filter is in place; the child goes on only when told to.</summary>
    public NotificationListener TakeListener()
    {
        if (!Channel.TryReceive(out var message, out var number))
            throw new HostRefusesException("the child stage ended before it could start the program");
        if (message != StageMessage.Listening)
            throw Explain(message, number);
        var fd = (int)Libc.Syscall(__NR_pidfd_getfd, ProcessFd, number, 0);
        if (fd < 0)
            throw Refused("pidfd_getfd", Libc.LastError);
        return new NotificationListener(fd);
    }

    /// <summary>Why the child could not become the program.</summary>
    public HostRefusesException Explain(StageMessage message, int number) =>
        message switch
        {
            StageMessage.NotFound => new($"there is no program '{_name}'"),
            StageMessage.NoFilter => Refused("seccomp user notification", number),
            _ => new($"cannot execute '{_name}': {Libc.Describe(number)}"),
        };

    /// <summary>
    /// Signals that ask us to end are the program's. Those that a terminal sends reach it anyway, as it is
    /// of our process group.
    /// </summary>
    public void ForwardSignals()
    {
        foreach (var signal in s_forwarded)
            _signals.Add(PosixSignalRegistration.Create(signal, Forward));
    }

    /// <summary>Sends a signal to the process of a thread.</summary>
    private static void Kill(int tid, int signal) => _ = Libc.Kill(tid, signal);

    /// <summary>Waits for the end of the program.</summary>
    public void Reap()
    {
        while (Wait(_pid) < 0)
        {
            if (Libc.LastError != EINTR)
                throw new InvalidOperationException("the program was waited for elsewhere");
        }
    }

    /// <summary>
    /// Waits for the end of every process that the program left behind: they became our children.
    /// </summary>
    public void ReapAll()
    {
        while (Wait(-1) >= 0 || Libc.LastError == EINTR) { }
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        Channel.Dispose();
        if (Status is null)
        {
            Kill(_pid, SIGKILL);
            Reap();
        }

        _ = Libc.Close(ProcessFd);
    }

    private int Wait(int pid)
    {
        int status;
        var ended = Libc.WaitPid(pid, &status, 0);
        if (ended == _pid)
            Status = status;
        return ended;
    }

    private void Forward(PosixSignalContext context)
    {
        context.Cancel = true;
        var number = context.Signal switch
        {
            PosixSignal.SIGHUP => SIGHUP,
            PosixSignal.SIGINT => SIGINT,
            PosixSignal.SIGQUIT => SIGQUIT,
            _ => SIGTERM,
        };
        var ofTerminal = number is SIGINT or SIGQUIT;
        if (Status is null && !(ofTerminal && IsForeground()))
            Kill(_pid, number);
    }

    private static bool IsForeground()
    {
        var terminal = Libc.Open("/dev/tty", O_CLOEXEC, 0);
        if (terminal < 0)
            return false;
        var foreground = Libc.TerminalProcessGroup(terminal) == Libc.GetProcessGroup();
        _ = Libc.Close(terminal);
        return foreground;
    }

    private static HostRefusesException Refused(string what, int error) =>
        new($"the host forbids {what}: {Libc.Describe(error)}");
}

/// <summary>How a program ended, as waitpid(2) tells it.</summary>
public readonly unsafe record struct ProgramEnd(int WaitStatus)
{
    /// <summary>The signal that killed it, or 0.</summary>
    public int Signal => WaitStatus & 0x7f;

    /// <summary>What it left with, where no signal killed it.</summary>
    public int ExitStatus => (WaitStatus >> 8) & 0xff;

    /// <summary>
    /// Ends this process as the program ended: with its status, or by its signal, without a core of ours.
    /// Returns the status for a caller that lives on.
    /// </summary>
    public int Repeat()
    {
        if (Signal == 0)
            return ExitStatus;
        var none = default(ResourceLimit);
        _ = Libc.Prlimit(0, RLIMIT_CORE, &none, null);
        _ = Libc.Signal(Signal, 0);
        _ = Libc.Kill(Libc.GetPid(), Signal);
        return 128 + Signal;
    }
}
