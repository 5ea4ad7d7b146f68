using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;
using static IommuSim.Bridge.Host.Seccomp;

namespace IommuSim.Bridge.Host;

/// <summary>
/// Our end of a filter: the calls that it stopped, and their answers. A call can go away at any time, with
/// its thread; what is done for it then comes to nothing.
/// </summary>
internal sealed unsafe class NotificationListener(int fd) : IDisposable
{
    public int Fd { get; } = fd;

    /// <summary>
    /// Hands over to the thread that waits instead of waking it elsewhere; hosts before Linux 6.6 do not
    /// know it, and are slower.
    /// </summary>
    public void WakeOnSameProcessor() =>
        _ = Libc.Syscall(__NR_ioctl, Fd, (long)SECCOMP_IOCTL_NOTIF_SET_FLAGS, (long)SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);

    /// <summary>False when the call went away before it was taken.</summary>
    public bool TryReceive(out SeccompNotification notification)
    {
        notification = default;
        fixed (SeccompNotification* place = &notification)
            return Libc.Ioctl(Fd, SECCOMP_IOCTL_NOTIF_RECV, place) == 0;
    }

    /// <summary>Whether the thread still waits; only then is its memory surely its own.</summary>
    public bool IsValid(ulong id) => Libc.Ioctl(Fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;

    /// <summary>The call runs as without the filter.</summary>
    public void Continue(ulong id) => Send(new SeccompResponse { Id = id, Flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE });

    public void Answer(ulong id, long value) => Send(new SeccompResponse { Id = id, Value = value });

    /// <summary>What the machine returns; a program that died in it is killed.</summary>
    public void Answer(in SeccompNotification call, SyscallResult result)
    {
        if (result.Killed)
            _ = Libc.Kill(call.Tid, SIGKILL);
        else if (result.Errno == Errno.OK)
            Answer(call.Id, result.Value);
        else
            Refuse(call.Id, (int)result.Errno);
    }

    /// <param name="error">An errno, above 0.</param>
    public void Refuse(ulong id, int error) => Send(new SeccompResponse { Id = id, Error = -error });

    /// <summary>
    /// The call opens our file, which is closed here: the program gets the lowest number that is free for it, which is
    /// returned, or the call is refused, and -1 is returned.
    /// </summary>
    /// <param name="source">-1 where the host refused it just now.</param>
    /// <param name="flags">Of the call.</param>
    public int AnswerWithFile(ulong id, int source, int flags)
    {
        var number =
            source < 0
                ? source
                : Add(
                    new SeccompAddDescriptor
                    {
                        Id = id,
                        Flags = SECCOMP_ADDFD_FLAG_SEND,
                        Source = source,
                        NumberFlags = (uint)(flags & O_CLOEXEC),
                    }
                );
        var error = Libc.LastError;
        if (source >= 0)
            _ = Libc.Close(source);
        if (number < 0)
            Refuse(id, error);
        return number;
    }

    /// <summary>
    /// The program gets our file under its lowest free number, which is returned, while its call goes on waiting; or
    /// -1.
    /// </summary>
    public int GiveDescriptor(ulong id, int source, bool closeOnExec) =>
        Add(
            new SeccompAddDescriptor
            {
                Id = id,
                Source = source,
                NumberFlags = closeOnExec ? (uint)O_CLOEXEC : 0,
            }
        );

    public void Dispose() => _ = Libc.Close(Fd);

    private int Add(SeccompAddDescriptor request) => Libc.Ioctl(Fd, SECCOMP_IOCTL_NOTIF_ADDFD, &request);

    private void Send(SeccompResponse response) => _ = Libc.Ioctl(Fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
}
