using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>One end of the socket between the bridge and the child stage. The program never has it.</summary>
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
        _ = Libc.Write(Fd, &record, (ulong)sizeof(Record));
    }

    /// <summary>False when the other end is closed: the stage ended, or became the program.</summary>
    public bool TryReceive(out StageMessage message, out int number)
    {
        Record record;
        long length;
        do length = Libc.Read(Fd, &record, (ulong)sizeof(Record));
        while (length < 0 && Libc.LastError == EINTR);
        (message, number) = (record.Message, record.Number);
        return length == sizeof(Record);
    }

    /// <summary>The other side may go on.</summary>
    public void SendWord() => Send(StageMessage.Listening, 0);

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
