using System.Diagnostics.CodeAnalysis;
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
    private readonly OpenCalls _opens;
    private readonly StatusCalls _statuses;
    private readonly FileTransfers _transfers;
    private readonly FileCalls _calls;
    private readonly ProgramMappings _mappings;
    private readonly MemoryCalls _memory;
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
        var places = new ProgramPlaces(kernel, _files, _faults, _tasks);
        _opens = new OpenCalls(kernel, observer, _listener, _files, _faults, places);
        _statuses = new StatusCalls(places);
        _transfers = new FileTransfers(kernel, _faults);
        _calls = new FileCalls(_files);
        kernel.Descriptors = _queues;
        _mappings = new ProgramMappings(kernel);
        _memory = new MemoryCalls(_listener, _tasks, new TracedCall(_listener, child.Pid));
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
        HostSupport.AllowManyFiles();
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
        var file = default(ProgramFile);
        if (
            MemoryCalls.Concern(call)
            || (DescriptorOf(call.Number) is { } argument && !IsOurs(call, argument, out file))
        )
        {
            _memory.Run(call);
            return;
        }

        // What was closed before this call was made must be closed before it is answered.
        _mappings.Refresh(call.Tid, _noThread);
        _files.TakeClosed(_close);
        _faults.Begin(call.Tid);
        Serve(call, file);
        _faults.End();
        TellReports();
    }

    /// <summary>
    /// The argument that says which file a call is about, or the first of two; null for one that takes a path.
    /// </summary>
    private static int? DescriptorOf(int number) =>
        number switch
        {
            __NR_mmap => 4,
            __NR_open or __NR_creat or __NR_openat or __NR_openat2 => null,
            __NR_stat or __NR_lstat or __NR_newfstatat or __NR_statx or __NR_truncate => null,
            __NR_access or __NR_faccessat or __NR_faccessat2 => null,
            __NR_readlink or __NR_readlinkat => null,
            _ => 0,
        };

    private bool IsOurs(in SeccompNotification call, int argument, [NotNullWhen(true)] out ProgramFile? file)
    {
        if (_files.TryFind(call.Tid, (int)call.Arguments[argument], out file))
            return true;
        var other = call.Number switch
        {
            __NR_sendfile or __NR_tee => 1,
            __NR_splice or __NR_copy_file_range => 2,
            _ => argument,
        };
        return other != argument && _files.TryFind(call.Tid, (int)call.Arguments[other], out file);
    }

    private void Serve(in SeccompNotification call, ProgramFile? file)
    {
        var task = _tasks.Of(call);
        if (file is null)
        {
            if (call.Number is __NR_open or __NR_creat or __NR_openat or __NR_openat2)
                _opens.Serve(call, task);
            else
                AnswerOrContinue(call, _statuses.TryServe(call, task, out var found), found);
        }
        else if (file is MachineFile mapped && call.Number == __NR_mmap)
        {
            Map(call, mapped, task);
        }
        else if (file is MachineFile { MachineFd: var fd } && IsIoctl(call))
        {
            Ioctl(call, fd, task);
        }
        else if (file is not PathFile && FileTransfers.IsTransfer(call.Number))
        {
            var result = _transfers.Serve(call, file, task);
            RefreshQueues();
            _listener.Answer(call, result);
        }
        else
        {
            AnswerOrContinue(call, _calls.TryServe(call, file, task, out var refused), refused);
        }
    }

    private static bool IsIoctl(in SeccompNotification call) =>
        call.Number == __NR_ioctl && !SeccompFilter.CoreIoctls.Contains((uint)call.Arguments[1]);

    private void AnswerOrContinue(in SeccompNotification call, bool isServed, SyscallResult result)
    {
        if (isServed)
            _listener.Answer(call, result);
        else
            _listener.Continue(call.Id);
    }

    private void Ioctl(in SeccompNotification call, int fd, KernelTask task)
    {
        var request = (uint)call.Arguments[1];
        _queues.Begin(call);
        _observer.Calling(task, (int)call.Arguments[0], request, call.Arguments[2]);
        var result = _queues.End(task, _kernel.Ioctl(task, fd, request, call.Arguments[2]));
        _observer.Called(task, result);

        // A program may poll as soon as it is answered.
        RefreshQueues();
        _listener.Answer(call, result);
    }

    /// <summary>The machine judges the mapping behind the checks of the host's core, and the host makes it.</summary>
    // Models mm/mmap.c:do_mmap() as far as it looks at the file, v7.3.
    private void Map(in SeccompNotification call, MachineFile file, KernelTask task)
    {
        var (protection, flags) = (call.Arguments[2], call.Arguments[3]);
        var isShared = (flags & MAP_TYPE) != MAP_PRIVATE;
        if ((flags & MAP_TYPE) is 0 or > MAP_SHARED_VALIDATE || (flags & MAP_HUGETLB) != 0 || IsSync(flags))
        {
            _listener.Continue(call.Id);
            return;
        }

        if (call.Arguments[1] == 0 || call.Arguments[5] % UserAddressSpace.PageSize != 0)
        {
            _listener.Refuse(call.Id, EINVAL);
            return;
        }

        if (!file.IsOpenFor(reading: true) || (isShared && (protection & PROT_WRITE) != 0 && !file.IsOpenFor(false)))
        {
            _listener.Refuse(call.Id, EACCES);
            return;
        }

        if (file is QueueFile && (protection & PROT_EXEC) != 0)
        {
            _listener.Refuse(call.Id, EPERM);
            return;
        }

        // A mapping that can never be written is none that shares, to the file.
        var asked = isShared && file.IsOpenFor(reading: false) ? MmapProtection.Shared : MmapProtection.None;
        if ((protection & PROT_EXEC) != 0)
            asked |= MmapProtection.Execute;
        var length = (call.Arguments[1] + UserAddressSpace.PageSize - 1) & ~(UserAddressSpace.PageSize - 1);
        var result = _kernel.Mmap(task, file.MachineFd, call.Arguments[5], length, asked, out var range);
        if (range is null)
        {
            _listener.Answer(call, result);
            return;
        }

        var inode = _files.Fill(file.MachineFd, range.Offset, range.Memory.Span);
        _mappings.Add(call.Tid, (ProcessMemory)task.Memory, inode, range);
        _memory.Run(call);
    }

    private static bool IsSync(ulong flags) => (flags & MAP_TYPE) == MAP_SHARED_VALIDATE && (flags & MAP_SYNC) != 0;

    private void RefreshQueues() => _queues.Refresh(_kernel, Closer());

    private void Close(int fd)
    {
        _mappings.Refresh(0, _noThread);
        _kernel.Close(Closer(), fd);
        if (!_queues.Closed(fd))
            _observer.Closed();
        RefreshQueues();
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

    /// <summary>The last descriptor of an open device node is gone.</summary>
    void Closed();

    /// <summary>The machine has something to say, as a kernel log would.</summary>
    void Reported(KernelReport report);
}

/// <summary>What the bridge asks of a host before it starts anything.</summary>
internal static unsafe class HostSupport
{
    /// <summary>As many as a host allows by default.</summary>
    private const ulong MostFiles = 1 << 20;

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

    /// <summary>
    /// We hold a file for each context and queue of a program: allows this process more than the program has, where the
    /// host lets it.
    /// </summary>
    public static void AllowManyFiles()
    {
        ResourceLimit limit;
        if (Libc.Prlimit(0, RLIMIT_NOFILE, null, &limit) != 0 || limit.Soft >= MostFiles)
            return;
        var many = new ResourceLimit { Soft = MostFiles, Hard = Math.Max(limit.Hard, MostFiles) };
        _ = Libc.Prlimit(0, RLIMIT_NOFILE, &many, null);
    }
}

/// <summary>
/// The host cannot do what the bridge needs, or cannot start the program; one sentence that says what.
/// </summary>
public sealed class HostRefusesException(string message) : Exception(message);
