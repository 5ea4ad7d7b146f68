using System.Globalization;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// Calls on a descriptor of ours that no operation of its file serves: the VFS refuses them, where the host's own file
/// behind the descriptor would take them.
/// </summary>
internal sealed class FileCalls(OpenFiles files)
{
    private const uint SPLICE_F_ALL = 0xf;

    /// <summary>POSIX_FADV_NOREUSE.</summary>
    private const uint MaxAdvice = 5;

    private const int OffsetSize = 8;

    /// <summary>Answers the call; false for one that the host answers alike.</summary>
    public bool TryServe(in SeccompNotification call, ProgramFile file, KernelTask task, out SyscallResult result)
    {
        result = default;
        switch (call.Number)
        {
            case __NR_fstat:
                result = StatusCalls.WriteStat(file.Status, task, call.Arguments[1]);
                return true;

            case var _ when file is PathFile:
                result = Refuse(Errno.EBADF);
                if (call.Number == __NR_fcntl && call.Arguments[1] == F_GETFL)
                    result = Refuse(Errno.OK) with { Value = O_PATH };
                return true;
            case __NR_mmap:
                result = Refuse(Errno.ENODEV);
                return true;
            case __NR_lseek:
                return TrySeek(call, file, out result);
            case __NR_fcntl:
                return TryControl(call, file, out result);
            case __NR_ioctl:
                result = Refuse((uint)call.Arguments[1] == FIOASYNC ? SetAsync(call, task) : Errno.ENOTTY);
                return file is not TextFile;
            case __NR_fsync:
            case __NR_fdatasync:
                result = Refuse(Errno.EINVAL);
                return true;

            // A hint is taken and means nothing; where the file is none of the page cache, so is a range of it.
            case __NR_fadvise64:
                result = Refuse((uint)call.Arguments[3] > MaxAdvice ? Errno.EINVAL : Errno.OK);
                return true;
            case __NR_readahead:
                result = Refuse(file.IsOpenFor(reading: true) ? Errno.EINVAL : Errno.EBADF);
                return true;
            case __NR_sync_file_range:
                result = Refuse(Errno.ESPIPE);
                return file is not TextFile;
            case __NR_ftruncate:
                result = Refuse(Errno.EINVAL);
                return file is not TextFile;
            case __NR_fallocate:
                return TryAllocate(call, file, out result);
            default:
                result = call.Number switch
                {
                    __NR_splice => Splice(call, task),
                    __NR_tee => Tee(call),
                    __NR_vmsplice => SpliceMemory(call, task),
                    __NR_sendfile => SendFile(call, task),
                    __NR_copy_file_range => CopyRange(call, task),
                    _ => throw new InvalidOperationException($"the filter asks about the call {call.Number}"),
                };
                return true;
        }
    }

    // Models fs/read_write.c:ksys_lseek() and default_llseek(), v7.3.
    private static bool TrySeek(in SeccompNotification call, ProgramFile file, out SyscallResult result)
    {
        result = Refuse(Errno.ESPIPE);
        var whence = (uint)call.Arguments[2];
        if (whence > SEEK_MAX)
        {
            result = Refuse(Errno.EINVAL);
        }
        else if (file is TextFile { Value.IsSeekable: true } fault)
        {
            var offset = (long)call.Arguments[1] + (whence == SEEK_CUR ? fault.Position : 0);
            if (whence > SEEK_END)
                result = Refuse(Errno.ENXIO);
            else if (offset < 0)
                result = Refuse(Errno.EINVAL);
            else
                result = Refuse(Errno.OK) with { Value = fault.Position = offset };
        }

        return true;
    }

    // Models fs/fcntl.c:setfl(), fs/locks.c:generic_setlease() and fs/pipe.c:pipe_fcntl(), v7.3.
    private static bool TryControl(in SeccompNotification call, ProgramFile file, out SyscallResult result)
    {
        switch (call.Arguments[1])
        {
            case F_GETFL:
                result = default;
                if (file is not QueueFile || FlagsOf(call.Tid, (int)call.Arguments[0]) is not { } flags)
                    return false;

                // anon_inode_getfile opens for reading and writing, and there is nothing to be long.
                const int Hidden = O_ACCMODE | O_LARGEFILE | O_CLOEXEC | O_ASYNC;
                result = Refuse(Errno.OK) with { Value = (flags & ~Hidden) | O_RDWR };
                return true;
            case F_SETFL:
                result = Refuse(Errno.EINVAL);
                return file is MachineFile && (call.Arguments[2] & O_DIRECT) != 0;
            case F_GETPIPE_SZ or F_SETPIPE_SZ:
                result = Refuse(Errno.EBADF);
                return true;
            default:
                result = Refuse(Errno.EINVAL);
                return file is MachineFile;
        }
    }

    /// <summary>No file of ours sends signals: none starts to, and none has to stop.</summary>
    // Models fs/ioctl.c:ioctl_fioasync(), v7.3.
    private static Errno SetAsync(in SeccompNotification call, KernelTask task)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        if (task.Memory.Read(call.Arguments[2], bytes) > 0)
            return Errno.EFAULT;
        return bytes.ContainsAnyExcept((byte)0) ? Errno.ENOTTY : Errno.OK;
    }

    // Models fs/open.c:vfs_fallocate(), v7.3.
    private static bool TryAllocate(in SeccompNotification call, ProgramFile file, out SyscallResult result)
    {
        // Modes exclude each other; to punch a hole the size must be kept, and with the last three it must not.
        const ulong KeepSize = 1;
        var mode = call.Arguments[1];
        var isMode = (mode & ~KeepSize) switch
        {
            0 or 0x10 or 0x40 => true,
            2 => (mode & KeepSize) != 0,
            8 or 0x20 or 0x80 => (mode & KeepSize) == 0,
            _ => false,
        };
        result = Refuse(file is TextFile ? Errno.EOPNOTSUPP : Errno.ENODEV);
        if ((long)call.Arguments[2] < 0 || (long)call.Arguments[3] <= 0)
            result = Refuse(Errno.EINVAL);
        else if (!isMode)
            result = Refuse(Errno.EOPNOTSUPP);
        else if (!file.IsOpenFor(reading: false))
            result = Refuse(Errno.EBADF);
        return true;
    }

    // Models fs/splice.c:__do_splice() and do_splice(), v7.3: no file of ours has an operation for it.
    private SyscallResult Splice(in SeccompNotification call, KernelTask task)
    {
        var (source, target) = (End(call, 0), End(call, 2));
        if (call.Arguments[4] == 0)
            return Refuse(Errno.OK);
        if ((call.Arguments[5] & ~(ulong)SPLICE_F_ALL) != 0)
            return Refuse(Errno.EINVAL);
        if (!source.IsOpen || !target.IsOpen)
            return Refuse(Errno.EBADF);
        if ((source.IsPipe && call.Arguments[1] != 0) || (target.IsPipe && call.Arguments[3] != 0))
            return Refuse(Errno.ESPIPE);
        if (Faults(task, call.Arguments[3]) || Faults(task, call.Arguments[1]))
            return Refuse(Errno.EFAULT);
        return Refuse(source.CanRead && target.CanWrite ? Errno.EINVAL : Errno.EBADF);
    }

    // Models fs/splice.c:do_tee(), v7.3.
    private SyscallResult Tee(in SeccompNotification call)
    {
        var (source, target) = (End(call, 0), End(call, 1));
        if ((call.Arguments[3] & ~(ulong)SPLICE_F_ALL) != 0)
            return Refuse(Errno.EINVAL);
        if (call.Arguments[2] == 0)
            return Refuse(Errno.OK);
        return Refuse(source.CanRead && target.CanWrite ? Errno.EINVAL : Errno.EBADF);
    }

    // Models fs/splice.c:vmsplice_to_pipe(), v7.3: no file of ours is a pipe.
    private static SyscallResult SpliceMemory(in SeccompNotification call, KernelTask task)
    {
        if ((call.Arguments[3] & ~(ulong)SPLICE_F_ALL) != 0)
            return Refuse(Errno.EINVAL);
        var errno = FileTransfers.ReadVector(task.Memory, call.Arguments[1], call.Arguments[2], out var segments);
        if (errno == Errno.OK && Array.Exists(segments, segment => segment.Length > 0))
            errno = Errno.EBADF;
        return Refuse(errno);
    }

    // Models fs/read_write.c:do_sendfile(), v7.3.
    private SyscallResult SendFile(in SeccompNotification call, KernelTask task)
    {
        var (target, source) = (End(call, 0), End(call, 1));
        var at = call.Arguments[2];
        if (Faults(task, at))
            return Refuse(Errno.EFAULT);
        if (!source.CanRead)
            return Refuse(Errno.EBADF);
        if (at != 0 && source.File is { HasPositions: false })
            return Refuse(Errno.ESPIPE);
        var count = (long)call.Arguments[3];
        if (count < 0 || !target.CanWrite)
            return Refuse(count < 0 ? Errno.EINVAL : Errno.EBADF);

        // Nothing goes into a pipe and out of a file that has an end without any operation.
        return Refuse(
            count == 0 && (target.IsPipe || source is { File: null, IsPipe: false }) ? Errno.OK : Errno.EINVAL
        );
    }

    // Models fs/read_write.c:vfs_copy_file_range() and generic_file_rw_checks(), v7.3: no file of ours is regular.
    private SyscallResult CopyRange(in SeccompNotification call, KernelTask task)
    {
        var (source, target) = (End(call, 0), End(call, 2));
        if (!source.IsOpen || !target.IsOpen)
            return Refuse(Errno.EBADF);
        return Refuse(Faults(task, call.Arguments[1]) || Faults(task, call.Arguments[3]) ? Errno.EFAULT : Errno.EINVAL);
    }

    /// <summary>The file that this argument names, whoever's it is.</summary>
    private FileEnd End(in SeccompNotification call, int argument)
    {
        var fd = (int)call.Arguments[argument];
        if (files.TryFind(call.Tid, fd, out var file) && file is not PathFile)
            return new FileEnd(true, file.IsOpenFor(true), file.IsOpenFor(false), false, file);
        if (FlagsOf(call.Tid, fd) is not { } flags || (flags & O_PATH) != 0)
            return default;
        var mode = flags & O_ACCMODE;
        var isPipe =
            SymbolicLink.Read($"/proc/{call.Tid}/fd/{fd}")?.StartsWith("pipe:", StringComparison.Ordinal) is true;
        return new FileEnd(true, mode != O_WRONLY, mode != O_RDONLY, isPipe, null);
    }

    /// <summary>The flags of an open file with O_CLOEXEC of its descriptor; null for one that is not open.</summary>
    private static int? FlagsOf(int tid, int fd)
    {
        const string Name = "flags:";
        try
        {
            var line = File.ReadLines($"/proc/{tid}/fdinfo/{fd}")
                .FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal));
            return line is null ? null : Convert.ToInt32(line[Name.Length..].Trim(), 8);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool Faults(KernelTask task, ulong offset)
    {
        Span<byte> bytes = stackalloc byte[OffsetSize];
        return offset != 0 && task.Memory.Read(offset, bytes) > 0;
    }

    private static SyscallResult Refuse(Errno errno) => SyscallResult.Of(errno);

    /// <summary>One side of a splice.</summary>
    /// <param name="File">null where it is not ours.</param>
    private readonly record struct FileEnd(bool IsOpen, bool CanRead, bool CanWrite, bool IsPipe, ProgramFile? File);
}
