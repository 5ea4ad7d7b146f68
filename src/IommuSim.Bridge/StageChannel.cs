using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// One end of the socket between the bridge and the child stage. The program never has it. The stage uses it behind its
/// filter, before anybody answers: send and recv are not asked about, as write and read are.
/// </summary>
internal sealed unsafe class StageChannel(int fd) : IDisposable
{
    public int Fd { get; } = fd;

    /// <summary>The bridge's end, and the number of the other one, which a child inherits.</summary>
    public static (StageChannel Ours, int Theirs) Make()
    {
        var ends = stackalloc int[2];
        if (Libc.SocketPair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            throw new HostRefusesException($"the host forbids a socket pair: {Libc.Describe(Libc.LastError)}");
        _ = Libc.Fcntl(ends[1], F_SETFD, 0);
        return (new StageChannel(ends[0]), ends[1]);
    }

    public void CloseOnExec() => _ = Libc.Fcntl(Fd, F_SETFD, FD_CLOEXEC);

    public void Send(StageMessage message, int number)
    {
        var record = new Record { Message = message, Number = number };
        _ = Libc.Send(Fd, &record, (ulong)sizeof(Record), 0);
    }

    /// <summary>False when the other end is closed: the stage ended, or became the program.</summary>
    public bool TryReceive(out StageMessage message, out int number)
    {
        Record record;
        long length;
        do length = Libc.Receive(Fd, &record, (ulong)sizeof(Record), 0);
        while (length < 0 && Libc.LastError == EINTR);
        (message, number) = (record.Message, record.Number);
        return length == sizeof(Record);
    }

    /// <summary>The other side may go on.</summary>
    public void SendWord() => Send(StageMessage.Listening, 0);

    /// <summary>
    /// Compiles what the stage calls behind its filter, where the runtime must not need a call that is asked about.
    /// </summary>
    public static void Prepare()
    {
        using var none = new StageChannel(-1);
        none.Send(StageMessage.Listening, 0);
        none.AwaitWord();
    }

    public void AwaitWord() => _ = TryReceive(out _, out _);

    public void Dispose() => _ = Libc.Close(Fd);

    [StructLayout(LayoutKind.Sequential)]
    private struct Record
    {
        public StageMessage Message;
        public int Number;
    }
}

/// <summary>What the child stage tells the bridge, with a number.</summary>
internal enum StageMessage
{
    /// <summary>The filter is in place; the number is the listener's, in the stage.</summary>
    Listening = 1,

    /// <summary>No file of that name can be executed.</summary>
    NotFound,

    /// <summary>The host refused the filter; the number is the errno.</summary>
    NoFilter,

    /// <summary>The host refused the program; the number is the errno.</summary>
    NotExecutable,
}
