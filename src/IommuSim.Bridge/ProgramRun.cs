using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// Runs one program, and whatever it starts, on one machine. Their calls are served one after another, in
/// the order in which the host hands them over.
/// </summary>
public sealed unsafe class ProgramRun : IDisposable
{
    private readonly IKernel _kernel;
    private readonly IBridgeObserver _observer;
    private readonly ChildProgram _child;
    private readonly NotificationListener _listener;
    private readonly OpenFiles _files = new();
    private readonly ProgramTasks _tasks;
    private readonly QueueFiles _queues;
    private readonly FaultFiles _faults;
    private readonly ProgramMappings _mappings;
    private readonly Func<KernelTask> _noThread;
    private readonly Action<int> _close;
    private KernelTask _closer = MakeCloser();
    private int _reported;
    private HostRefusesException? _refusal;

    private ProgramRun(IKernel kernel, IBridgeObserver observer, ChildProgram child)
    {
        _kernel = kernel;
        _observer = observer;
        _child = child;
        _close = Close;
        _listener = child.TakeListener();
        _tasks = new ProgramTasks(_listener);
        _queues = new QueueFiles(_listener, _files);
        _faults = new FaultFiles(kernel.Machine, _listener, _files);
        kernel.Descriptors = _queues;
        _mappings = new ProgramMappings(kernel);
        _noThread = Closer;
    }

    /// <summary>
    /// Runs the program to its end, and every process that it leaves behind. Throws
    /// <see cref="HostRefusesException"/> where the host or the program's file does not allow it. The calling
    /// process must have no other children: it waits for all that it has.
    /// </summary>
    /// <param name="kernel">The machine that answers; it must have no other user meanwhile.</param>
    /// <param name="self">The command line that starts this executable; see <see cref="ChildStage"/>.</param>
    /// <param name="words">The program and its arguments.</param>
    public static ProgramEnd Run(
        IKernel kernel,
        IReadOnlyList<string> self,
        IReadOnlyList<string> words,
        IBridgeObserver observer
    )
    {
        HostSupport.Check();
        using var child = ChildProgram.Start(self, words);
        using var run = new ProgramRun(kernel, observer, child);
        return run.Serve();
    }

    public void Dispose()
    {
        _tasks.Dispose();
        _queues.Dispose();
        _faults.Dispose();
        _files.Dispose();
        _listener.Dispose();
    }

    private ProgramEnd Serve()
    {
        _listener.WakeOnSameProcessor();
        _child.ForwardSignals();
        _child.Channel.SendWord();
        var entries = stackalloc PollEntry[4];
        entries[0] = new PollEntry { Fd = _listener.Fd, Events = POLLIN };
        entries[1] = new PollEntry { Fd = _files.Fd, Events = POLLIN };
        entries[2] = new PollEntry { Fd = _child.ProcessFd, Events = POLLIN };
        entries[3] = new PollEntry { Fd = _child.Channel.Fd, Events = POLLIN };
        while (true)
        {
            if (Libc.Poll(entries, 4, -1) < 0)
                continue;
            if (entries[1].Returned != 0)
                _files.TakeClosed(_close);
            if (entries[3].Returned != 0)
            {
                if (_child.Channel.TryReceive(out var message, out var number))
                    _refusal = _child.Explain(message, number);
                entries[3].Fd = -1;
            }

            if (entries[2].Returned != 0)
            {
                _child.Reap();
                entries[2].Fd = -1;
            }

            if ((entries[0].Returned & POLLIN) != 0)
                ServeOne();
            else if ((entries[0].Returned & POLLHUP) != 0)
                break;
        }

        // No thread waits behind the filter any more; the last ones may still be closing their files.
        _child.ReapAll();
        _files.TakeClosed(_close);
        return _refusal is null ? new ProgramEnd(_child.Status!.Value) : throw _refusal;
    }

    private void ServeOne()
    {
        if (!_listener.TryReceive(out var call))
            return;

        // What was closed before this call was made must be closed before it is answered.
        _mappings.Refresh(call.Tid, _noThread);
        _files.TakeClosed(_close);
        _faults.Begin(call.Tid);
        Serve(call);
        _faults.End();
        TellReports();
    }

    private void Serve(in SeccompNotification call)
    {
        switch (call.Number)
        {
            case __NR_ioctl:
                Ioctl(call);
                break;
            case __NR_open:
                Open(call, AT_FDCWD, call.Arguments[0], call.Arguments[1]);
                break;
            case __NR_openat:
                Open(call, (int)call.Arguments[0], call.Arguments[1], call.Arguments[2]);
                break;
            case __NR_openat2:
                OpenAt2(call);
                break;
            case __NR_mmap:
                Map(call);
                break;
            case __NR_read:
                ReadOrWrite(call, _kernel.Read);
                break;
            case __NR_write:
                ReadOrWrite(call, _kernel.Write);
                break;
            case __NR_pread64:
            case __NR_pwrite64:
                if (!TryServeFaults(call))
                    _listener.Continue(call.Id);
                break;
            default:
                _listener.Continue(call.Id);
                break;
        }
    }

    private void Ioctl(in SeccompNotification call)
    {
        if (!_files.TryFind(call.Tid, (int)call.Arguments[0], out var fd))
        {
            _listener.Continue(call.Id);
            return;
        }

        var task = _tasks.Of(call);
        var request = (uint)call.Arguments[1];
        _queues.Call = call;
        _observer.Calling(task, (int)call.Arguments[0], request, call.Arguments[2]);
        var result = _kernel.Ioctl(task, fd, request, call.Arguments[2]);
        _observer.Called(task, result);
        RefreshQueues();
        Answer(call, result, result.Value);
    }

    /// <summary>The machine judges the mapping, and the host makes it.</summary>
    private void Map(in SeccompNotification call)
    {
        if (!_files.TryFind(call.Tid, (int)call.Arguments[4], out var fd))
        {
            _listener.Continue(call.Id);
            return;
        }

        var task = _tasks.Of(call);
        var protection = MmapProtection.Shared;
        if ((call.Arguments[2] & PROT_EXEC) != 0)
            protection |= MmapProtection.Execute;
        var length = (call.Arguments[1] + UserAddressSpace.PageSize - 1) & ~(UserAddressSpace.PageSize - 1);
        var result = _kernel.Mmap(task, fd, call.Arguments[5], length, protection, out var range);
        if (range is null)
        {
            Answer(call, result, 0);
            return;
        }

        var inode = _files.Fill(fd, range.Offset, range.Memory.Span);
        _mappings.Add(call.Tid, (ProcessMemory)task.Memory, inode, range);
        _listener.Continue(call.Id);
    }

    private bool TryServeFaults(SeccompNotification call) => _faults.TryReadOrWrite(call, () => _tasks.Of(call));

    private void ReadOrWrite(in SeccompNotification call, Transfer transfer)
    {
        if (TryServeFaults(call))
            return;
        if (!_files.TryFind(call.Tid, (int)call.Arguments[0], out var fd))
        {
            _listener.Continue(call.Id);
            return;
        }

        var task = _tasks.Of(call);
        var result = transfer(task, fd, call.Arguments[1], call.Arguments[2], out var done);
        RefreshQueues();
        Answer(call, result, (long)done);
    }

    /// <summary>A program may poll as soon as it is answered.</summary>
    private void RefreshQueues() => _queues.Refresh(_kernel, Closer());

    private void Answer(in SeccompNotification call, SyscallResult result, long value)
    {
        if (result.Killed)
            ChildProgram.Kill(call.Tid, SIGKILL);
        else if (result.Errno == Errno.OK)
            _listener.Answer(call.Id, value);
        else
            _listener.Refuse(call.Id, (int)result.Errno);
    }

    private void OpenAt2(in SeccompNotification call)
    {
        // C's struct open_how begins with the flags; the host judges one that it cannot read.
        ulong flags;
        var task = _tasks.Of(call);
        if (task.Memory.Read(call.Arguments[2], new Span<byte>(&flags, sizeof(ulong))) > 0)
            _listener.Continue(call.Id);
        else
            Open(call, (int)call.Arguments[0], call.Arguments[1], flags);
    }

    private void Open(in SeccompNotification call, int folder, ulong path, ulong flags)
    {
        var task = _tasks.Of(call);
        if ((flags & O_PATH) != 0 || ProgramPaths.Read(task.Memory, call.Tid, folder, path) is not { } name)
        {
            _listener.Continue(call.Id);
            return;
        }

        if (name is not (ProgramPaths.Iommu or ProgramPaths.Container))
        {
            if (!_faults.TryOpen(call, task, name, (int)flags))
                _listener.Continue(call.Id);
            return;
        }

        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            _listener.Refuse(call.Id, EEXIST);
        else if ((flags & O_DIRECTORY) != 0)
            _listener.Refuse(call.Id, ENOTDIR);
        else
            OpenNode(call, task, name, (int)flags);
    }

    private void OpenNode(in SeccompNotification call, KernelTask task, string node, int flags)
    {
        int fd;
        var result = node == ProgramPaths.Container ? _kernel.OpenContainer(task, out fd) : _kernel.Open(task, out fd);
        if (!result.Succeeded)
        {
            _observer.Opened(task, node, result, -1);
            Answer(call, result, 0);
            return;
        }

        var file = _files.Create(fd, flags);
        var number = _listener.AnswerWithDescriptor(call.Id, file, (flags & O_CLOEXEC) != 0);
        var error = Libc.LastError;

        // Where the program could not have it, ours was the last descriptor, and this closes the file.
        _ = Libc.Close(file);
        if (number < 0)
            _listener.Refuse(call.Id, error);
        else
            _observer.Opened(task, node, result, number);
    }

    private void Close(int fd)
    {
        _mappings.Refresh(0, _noThread);
        _kernel.Close(Closer(), fd);
        _queues.Closed(fd);
        RefreshQueues();
        _observer.Closed();
        TellReports();
    }

    private void TellReports()
    {
        var reports = _kernel.Machine.Reports;
        while (_reported < reports.Count)
            _observer.Reported(reports[_reported++]);
    }

    /// <summary>The host does not tell which thread let go of a file last, so the task is none of theirs.</summary>
    private KernelTask Closer()
    {
        if (_closer.Dead)
            _closer = MakeCloser();
        return _closer;
    }

    private static KernelTask MakeCloser() => new("close", UserAddressSpace.Empty);

    private delegate SyscallResult Transfer(KernelTask task, int fd, ulong address, ulong count, out ulong done);
}

/// <summary>Sees what the programs ask and what comes of it.</summary>
public interface IBridgeObserver
{
    /// <summary>An ioctl is about to run.</summary>
    void Calling(KernelTask task, int fd, uint request, ulong argument);

    /// <summary>It ran.</summary>
    void Called(KernelTask task, SyscallResult result);

    /// <summary>One of our device nodes was opened.</summary>
    /// <param name="number">The program's descriptor; -1 where it got none.</param>
    void Opened(KernelTask task, string path, SyscallResult result, int number);

    /// <summary>The last descriptor of an open file is gone.</summary>
    void Closed();

    /// <summary>The machine has something to say, as a kernel log would.</summary>
    void Reported(KernelReport report);
}

/// <summary>What the bridge asks of a host before it starts anything.</summary>
internal static class HostSupport
{
    /// <summary>Throws where no program could run.</summary>
    public static void Check()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            throw new HostRefusesException(
                "exec needs Linux on x86-64: it answers system calls of the host by their numbers"
            );
        }
    }
}

/// <summary>
/// The host cannot do what the bridge needs, or cannot start the program; one sentence that says what.
/// </summary>
public sealed class HostRefusesException(string message) : Exception(message);
