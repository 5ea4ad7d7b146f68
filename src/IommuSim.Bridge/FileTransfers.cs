using System.Runtime.InteropServices;
using IommuSim.Bridge.Host;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using static IommuSim.Bridge.Host.HostConstants;

namespace IommuSim.Bridge;

/// <summary>
/// read(2) and write(2) in all their forms, as the VFS takes them apart before a file sees them. Files of the machine
/// have no operation for vectors: each segment is a read or write of its own.
/// </summary>
internal sealed class FileTransfers(IKernel kernel, FaultFiles faults)
{
    private const int MaxSegments = 1024;
    private const ulong MaxBytes = 0x7ffff000;
    private const ulong RWF_HIPRI = 1;

    public static bool IsTransfer(int number) =>
        number
            is __NR_read
                or __NR_write
                or __NR_pread64
                or __NR_pwrite64
                or __NR_readv
                or __NR_writev
                or __NR_preadv
                or __NR_pwritev
                or __NR_preadv2
                or __NR_pwritev2;

    // Models fs/read_write.c:ksys_pread64(), do_preadv(), vfs_read(), vfs_readv() and those of writes, v7.3.
    public SyscallResult Serve(in SeccompNotification call, ProgramFile file, KernelTask task)
    {
        var number = call.Number;
        var reads = number is __NR_read or __NR_pread64 or __NR_readv or __NR_preadv or __NR_preadv2;
        var position = (long)call.Arguments[3];
        var isAt = number switch
        {
            __NR_read or __NR_write or __NR_readv or __NR_writev => false,
            __NR_preadv2 or __NR_pwritev2 => position != -1,
            _ => true,
        };
        if (isAt && position < 0)
            return Of(Errno.EINVAL);
        if (isAt && !file.HasPositions)
            return Of(Errno.ESPIPE);
        if (!file.IsOpenFor(reads))
            return Of(Errno.EBADF);
        if (!(reads ? file.CanRead : file.CanWrite))
            return Of(Errno.EINVAL);
        var transfer = new Transfer(file, task, reads, isAt ? position : null);
        var (address, count) = (call.Arguments[1], call.Arguments[2]);
        if (number is __NR_read or __NR_write or __NR_pread64 or __NR_pwrite64)
            return Move(transfer, address, count);
        var flags = number is __NR_preadv2 or __NR_pwritev2 ? call.Arguments[5] : 0;
        return MoveSegments(transfer, address, count, (uint)flags);
    }

    private SyscallResult Move(in Transfer transfer, ulong address, ulong count)
    {
        if (!UserCopy.AccessOk(address, count))
            return Of(Errno.EFAULT);
        return Overflows(transfer.Position, count)
            ? Of(Errno.EINVAL)
            : Call(transfer, address, Math.Min(count, MaxBytes));
    }

    // Models fs/read_write.c:do_loop_readv_writev(), v7.3.
    private SyscallResult MoveSegments(in Transfer transfer, ulong vector, ulong count, uint flags)
    {
        var errno = ReadVector(transfer.Task.Memory, vector, count, out var segments);
        if (errno != Errno.OK)
            return Of(errno);
        ulong total = 0;
        foreach (var segment in segments)
            total += segment.Length;
        if (total == 0)
            return Of(Errno.OK);
        if (Overflows(transfer.Position, total))
            return Of(Errno.EINVAL);
        if ((flags & ~RWF_HIPRI) != 0)
            return Of(Errno.EOPNOTSUPP);
        long done = 0;
        foreach (var segment in segments)
        {
            var next = transfer with { Position = transfer.Position + (transfer.Reads ? done : 0) };
            var result = Call(next, segment.Address, segment.Length);
            if (result.Killed || (result.Errno != Errno.OK && done == 0))
                return result;
            if (result.Errno != Errno.OK)
                break;
            done += result.Value;
            if (result.Value != (long)segment.Length || done == (long)total)
                break;
        }

        return Of(Errno.OK) with
        {
            Value = done,
        };
    }

    /// <summary>The file's own operation.</summary>
    private SyscallResult Call(in Transfer transfer, ulong address, ulong count)
    {
        if (transfer.File is TextFile fault)
            return faults.Transfer(fault, transfer.Task, transfer.Reads, address, count, transfer.Position);
        ulong done = 0;
        var fd = ((MachineFile)transfer.File).MachineFd;
        var result = transfer.Reads
            ? kernel.Read(transfer.Task, fd, address, count, out done)
            : kernel.Write(transfer.Task, fd, address, count, out done);
        return result.Succeeded ? result with { Value = (long)done } : result;
    }

    /// <summary>Reads a C struct iovec array, whose segments may lie anywhere where a program has memory.</summary>
    // Models lib/iov_iter.c:__import_iovec(), v7.3.
    public static Errno ReadVector(IUserMemory memory, ulong address, ulong count, out IoVector[] segments)
    {
        segments = [];
        if (count > MaxSegments)
            return Errno.EINVAL;
        segments = new IoVector[count];
        if (memory.Read(address, MemoryMarshal.AsBytes(segments.AsSpan())) > 0)
            return Errno.EFAULT;
        if (Array.Exists(segments, segment => (long)segment.Length < 0))
            return Errno.EINVAL;
        ulong total = 0;
        foreach (ref var segment in segments.AsSpan())
        {
            if (!UserCopy.AccessOk(segment.Address, segment.Length))
                return Errno.EFAULT;
            segment.Length = Math.Min(segment.Length, MaxBytes - total);
            total += segment.Length;
        }

        return Errno.OK;
    }

    // Models fs/read_write.c:rw_verify_area(), v7.3.
    private static bool Overflows(long? position, ulong count) => position is { } start && start + (long)count < 0;

    private static SyscallResult Of(Errno errno) => SyscallResult.Of(errno);

    /// <param name="Position">null for that of the file.</param>
    private readonly record struct Transfer(ProgramFile File, KernelTask Task, bool Reads, long? Position);
}
