using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>How a program ended, as waitpid(2) tells it.</summary>
public readonly unsafe record struct ProgramEnd(int WaitStatus)
{
    /// <summary>The signal that killed it, or 0.</summary>
    public int Signal => WaitStatus & 0x7f;

    /// <summary>What it left with, where no signal killed it.</summary>
    public int ExitStatus => (WaitStatus >> 8) & 0xff;

    /// <summary>
    /// Ends this process as the program ended: with its status, or by its signal, without a core of ours.
    /// Answers the status for a caller that lives on.
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
