using System.Runtime.CompilerServices;
using IommuSim.Iommu;
using IommuSim.Iommu.Syscalls;
using IommuSim.Iommufd.EventQueues;
using IommuSim.Iommufd.Files;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Uapi;

namespace IommuSim.Iommufd;

/// <summary>The system calls on descriptors, and the life of what is behind them.</summary>
internal sealed partial class IommufdKernel
{
    /// <summary>One read or write moves at most this: INT_MAX, rounded down to a page.</summary>
    private const ulong MaxReadWrite = 0x7ffff000;

    private readonly List<KernelFile?> _files = [];

    /// <summary>A file was released since leaks were looked for.</summary>
    private bool _wasReleased;

    /// <summary>Files that a task dropped in an ioctl, to be released when it returns to user space.</summary>
    private readonly List<(KernelTask Task, KernelFile File)> _deferredPuts = [];

    /// <summary>Numbers that are reserved for files and neither used nor given back yet.</summary>
    public int ReservedDescriptors { get; private set; }

    /// <summary>Numbers that stand for a file.</summary>
    public int OpenDescriptors
    {
        get
        {
            var open = 0;
            foreach (var file in _files)
                open += file is null ? 0 : 1;
            return open;
        }
    }

    /// <summary>Gives the numbers of files that ioctls create; the machine's own by default.</summary>
    public IDescriptorAllocator Descriptors { get; set; } = MachineDescriptors.Instance;

    /// <summary>The context behind a descriptor of /dev/iommu; null for another file or a closed one.</summary>
    public IommufdContext? FileOf(int fd) => DescriptorOf(fd) as IommufdContext;

    /// <summary>The queue behind a descriptor; null for another file or a closed one.</summary>
    public EventQueue? QueueOf(int fd) => (DescriptorOf(fd) as EventQueueFile)?.Queue;

    /// <summary>open("/dev/iommu"): ENOMEM, or a descriptor.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_open(), v6.3.
    public SyscallResult Open(KernelTask task, out int fd)
    {
        const string Site = "iommufd_fops_open";
        Machine.Enter(task, "open");
        fd = -1;
        if (!Machine.Heap.CanAllocate(Site))
            return SyscallResult.Of(Errno.ENOMEM);
        var context = Machine.Heap.Track(new IommufdContext(this), Site);
        _contexts.Add(context);
        fd = _files.Count;
        _files.Add(context);
        return SyscallResult.Of(Errno.OK);
    }

    /// <summary>open("/dev/vfio/vfio"): as <see cref="Open"/>, with memory counted as VFIO does, by process.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_fops_open(), v6.12 and v7.3, with CONFIG_IOMMUFD_VFIO_CONTAINER.
    public SyscallResult OpenContainer(KernelTask task, out int fd)
    {
        var result = Open(task, out fd);
        if (FileOf(fd) is { } context)
            context.AccountsByProcess = true;
        return result;
    }

    /// <summary>
    /// close(fd); EBADF. The file lives on while something else pins it: a bound device or a queue that of
    /// /dev/iommu, a call in flight any.
    /// </summary>
    public SyscallResult Close(KernelTask task, int fd)
    {
        Machine.Enter(task, "close");
        Machine.Reach(_files, Touch.Write, "close_fd");
        if (DescriptorOf(fd) is not { } file)
            return SyscallResult.Of(Errno.EBADF);
        _files[fd] = null;
        return Run(
            task,
            "close",
            (Kernel: this, File: file),
            static call =>
            {
                call.Kernel.PutFile(call.File);
                return Errno.OK;
            }
        );
    }

    /// <summary>
    /// ioctl(fd, request, argument) as user space calls it; EBADF, ENOTTY for a file without ioctls. The call
    /// holds the file, so that a close meanwhile releases it only behind the call.
    /// </summary>
    public SyscallResult Ioctl(KernelTask task, int fd, uint request, ulong argument)
    {
        Machine.Enter(task, "ioctl");
        Machine.Reach(_files, Touch.Read, "fdget");
        if (DescriptorOf(fd) is not { } file)
            return SyscallResult.Of(Errno.EBADF);
        if (file is not IommufdContext context)
            return SyscallResult.Of(Errno.ENOTTY);
        context.FileReferences++;
        try
        {
            var table = _table;
            var index = (request & 0xff) - FirstNr;
            if (index >= (uint)table.Length)
                return CallContainer(context, request, argument);
            var rc = Dispatch(context, table[index], request, argument);
            Return(context);
            return SyscallResult.Of(rc);
        }
        catch (TaskDiedException)
        {
            context.FileReferences--;
            Machine.Bury();
            return SyscallResult.Died;
        }
    }

    /// <summary>
    /// read(fd, address, count): EBADF, EINVAL for a file that cannot be read, EFAULT for an address that no program
    /// has, else what the file returns. <paramref name="done"/> is in bytes.
    /// </summary>
    // Models fs/read_write.c:vfs_read(), v7.3.
    public SyscallResult Read(KernelTask task, int fd, ulong address, ulong count, out ulong done) =>
        ReadOrWrite(
            task,
            "read",
            fd,
            address,
            count,
            static file => file.CanRead,
            static (KernelFile file, ulong a, ulong c, out ulong d) => file.Read(a, c, out d),
            out done
        );

    /// <summary>write(fd, address, count); errors as for <see cref="Read"/>.</summary>
    // Models fs/read_write.c:vfs_write(), v7.3.
    public SyscallResult Write(KernelTask task, int fd, ulong address, ulong count, out ulong done) =>
        ReadOrWrite(
            task,
            "write",
            fd,
            address,
            count,
            static file => file.CanWrite,
            static (KernelFile file, ulong a, ulong c, out ulong d) => file.Write(a, c, out d),
            out done
        );

    /// <summary>
    /// poll(fd) without waiting: a set of <see cref="PollMask"/>, of which EPOLLNVAL says that nothing is open.
    /// </summary>
    public SyscallResult Poll(KernelTask task, int fd, out uint mask)
    {
        var answer = PollMask.EPOLLNVAL;
        var result = WithFile(
            task,
            "poll",
            fd,
            file =>
            {
                answer = file.Poll();
                return Errno.OK;
            }
        );
        mask = answer;
        return result.Errno == Errno.EBADF ? SyscallResult.Of(Errno.OK) : result;
    }

    /// <summary>Reserves a number for a file that an ioctl creates; EMFILE.</summary>
    internal Errno ReserveDescriptor(out ReservedDescriptor descriptor)
    {
        descriptor = default;
        if (!Machine.Heap.CanAllocate("get_unused_fd_flags"))
            return Errno.EMFILE;
        var file = _files.Count;
        var rc = Descriptors.Reserve(Machine.Current, file, out var number);
        if (rc != Errno.OK)
            return rc;
        _files.Add(null);
        ReservedDescriptors++;
        descriptor = new ReservedDescriptor(file, number);
        return Errno.OK;
    }

    /// <summary>
    /// The kernel's file behind a descriptor of the program, with a reference; null where it has none of ours.
    /// </summary>
    // Models fs/file.c:fget(), v7.3.
    internal KernelFile? GetFile(int number)
    {
        Machine.Reach(_files, Touch.Read, "fget");
        if (!Descriptors.TryFind(Machine.Current, number, out var fd) || DescriptorOf(fd) is not { } file)
            return null;
        file.FileReferences++;
        return file;
    }

    /// <summary>The running task gives up the reference when it returns to user space.</summary>
    // Models fs/file_table.c:fput(), v7.3.
    internal void PutFileLater(KernelFile file) => _deferredPuts.Add((Machine.Current, file));

    /// <summary>C's put_unused_fd.</summary>
    internal void CancelDescriptor(ReservedDescriptor descriptor)
    {
        ReservedDescriptors--;
        Descriptors.Cancel(descriptor.File, descriptor.Number);
    }

    /// <summary>C's fd_install.</summary>
    internal void InstallDescriptor(ReservedDescriptor descriptor, KernelFile file)
    {
        Machine.Reach(_files, Touch.Write, "fd_install");
        _files[descriptor.File] = file;
        ReservedDescriptors--;
        Descriptors.Install(descriptor.File, descriptor.Number);
    }

    /// <summary>Gives up one reference of an open file; true when it was the last, which releases the file.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool PutFile(KernelFile file)
    {
        if (--file.FileReferences != 0)
            return false;
        file.Release();
        return true;
    }

    /// <summary>Releases the file of an object whose allocation failed, at once: no program has its number.</summary>
    // Models drivers/iommu/iommufd/main.c:iommufd_object_abort_and_destroy(), v6.17 and v7.3.
    internal void PutFileOfAborted(KernelFile file)
    {
        if (Machine.Has(Bug.A20))
            _deferredPuts.Add((Machine.Current, file));
        else
            PutFile(file);
    }

    /// <summary>A context was released.</summary>
    internal void Forget(IommufdContext context)
    {
        _contexts.Remove(context);
        NoteReleased();
    }

    /// <summary>A file was released. If it was the last, nothing may be left when the call returns.</summary>
    internal void NoteReleased() => _wasReleased = true;

    private void ReportLeaks()
    {
        if (OpenDescriptors > 0)
            return;
        _wasReleased = false;
        Machine.Heap.ReportLeaks(IsUnreachable);
        Machine.LockedMemory.ReportLeaks(Machine);
    }

    private KernelFile? DescriptorOf(int fd) => (uint)fd < (uint)_files.Count ? _files[fd] : null;

    private SyscallResult ReadOrWrite(
        KernelTask task,
        string call,
        int fd,
        ulong address,
        ulong count,
        Func<KernelFile, bool> can,
        Transfer transfer,
        out ulong done
    )
    {
        ulong moved = 0;
        var result = WithFile(
            task,
            call,
            fd,
            file =>
            {
                if (!can(file))
                    return Errno.EINVAL;
                if (!UserCopy.AccessOk(address, count))
                    return Errno.EFAULT;
                return transfer(file, address, Math.Min(count, MaxReadWrite), out moved);
            }
        );
        done = moved;
        return result;
    }

    private SyscallResult WithFile(KernelTask task, string call, int fd, Func<KernelFile, Errno> function)
    {
        Machine.Enter(task, call);
        Machine.Reach(_files, Touch.Read, "fdget");
        if (DescriptorOf(fd) is not { } file)
            return SyscallResult.Of(Errno.EBADF);
        file.FileReferences++;
        try
        {
            var rc = function(file);
            Return(file);
            return SyscallResult.Of(rc);
        }
        catch (TaskDiedException)
        {
            file.FileReferences--;
            Machine.Bury();
            return SyscallResult.Died;
        }
    }

    /// <summary>The task returns to user space: runs its deferred work and drops its reference of the file.</summary>
    private void Return(KernelFile file)
    {
        RunDeferredPuts();
        Machine.Reach(_files, Touch.Read, "fdput");
        if (PutFile(file))
            RunDeferredPuts();
        Machine.Leave();
    }

    /// <summary>What a task does before it returns to user space.</summary>
    // Most returns have nothing to do, and two calls would be a twentieth of a GET_HW_INFO.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void RunDeferredPuts()
    {
        if (_deferredPuts.Count != 0)
            PutDeferredFiles();
        if (_wasReleased && _contexts.Count == 0)
            ReportLeaks();
    }

    private void PutDeferredFiles()
    {
        for (var i = 0; i < _deferredPuts.Count; i++)
        {
            if (!ReferenceEquals(_deferredPuts[i].Task, Machine.Current))
                continue;
            var put = _deferredPuts[i].File;
            _deferredPuts.RemoveAt(i);
            PutFile(put);
            i = -1;
        }
    }

    /// <summary>After the last close only the blocking domains of groups may be on the heap.</summary>
    private bool IsUnreachable(HeapObject obj)
    {
        foreach (var group in _groups.Values)
        {
            if (ReferenceEquals(group.BlockingDomain, obj))
                return false;
        }

        return true;
    }

    private delegate Errno Transfer(KernelFile file, ulong address, ulong count, out ulong done);
}
