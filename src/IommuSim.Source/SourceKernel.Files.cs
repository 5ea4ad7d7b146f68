using System.Collections.Frozen;
using System.Reflection;
using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;
using IommuSim.Source.Provided;
using IommuSim.Uapi;

namespace IommuSim.Source;

/// <summary>The system calls on descriptors: through the file operations that the C gave each file.</summary>
internal sealed partial class SourceKernel
{
    private const string Device = "iommu";
    private const string Container = "vfio";

    /// <summary>One read or write moves at most this: INT_MAX, rounded down to a page.</summary>
    private const ulong MaxReadWrite = 0x7ffff000;

    /// <summary>Names by number; of two names the later one in the header, which is the newer.</summary>
    private static readonly FrozenDictionary<uint, string> s_ioctls = typeof(IoctlNumber)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.Name.StartsWith("IOMMU_", StringComparison.Ordinal))
        .GroupBy(field => (uint)field.GetRawConstantValue()!, field => field.Name)
        .ToFrozenDictionary(group => group.Key, group => group.Last());

    private FileTable Files => _source.Provided.Files;

    public SyscallResult Open(KernelTask task, out int fd) => Open(task, Device, out fd);

    /// <summary>The C finds out which one it is, and accounts pinned pages as VFIO does.</summary>
    public SyscallResult OpenContainer(KernelTask task, out int fd) => Open(task, Container, out fd);

    private SyscallResult Open(KernelTask task, string device, out int fd)
    {
        var opened = -1;
        var result = Run(task, "open", cpu => Files.Open(cpu, device, out opened));
        fd = opened;
        return result;
    }

    public SyscallResult Close(KernelTask task, int fd)
    {
        var result = Run(task, "close", cpu => Files.Close(cpu, fd) ? 0 : -(long)Errno.EBADF);
        ReportLeaks();
        return result;
    }

    // Models fs/ioctl.c:ioctl(), v7.3.
    public SyscallResult Ioctl(KernelTask task, int fd, uint request, ulong argument)
    {
        var result = Run(
            task,
            NameOf(request),
            (Files, fd, request, argument),
            static (cpu, call) =>
            {
                if (!call.Files.TryGet(cpu, call.fd, out var file))
                    return -(long)Errno.EBADF;
                var ioctl = call.Files.Operation(cpu, file, "unlocked_ioctl");
                var rc = ioctl == 0 ? -(long)Errno.ENOTTY : (long)cpu.Call(ioctl, file, call.request, call.argument);
                call.Files.Put(cpu, file);
                return rc;
            },
            out var returned
        );
        return result.Succeeded ? result with { Value = returned } : result;
    }

    public SyscallResult Read(KernelTask task, int fd, ulong address, ulong count, out ulong done) =>
        ReadOrWrite(task, "read", fd, address, count, out done);

    public SyscallResult Write(KernelTask task, int fd, ulong address, ulong count, out ulong done) =>
        ReadOrWrite(task, "write", fd, address, count, out done);

    public SyscallResult Poll(KernelTask task, int fd, out uint mask)
    {
        var answer = PollMask.EPOLLNVAL;
        var result = WithFile(
            task,
            "poll",
            fd,
            (cpu, file) =>
            {
                var poll = Files.Operation(cpu, file, "poll");
                // Without a table to wait in: the C tells what is there and does not enter the task anywhere.
                answer = poll == 0 ? PollMask.Default : (uint)cpu.Call(poll, file, 0);
                return 0;
            }
        );
        mask = answer;
        return result.Errno == Errno.EBADF ? SyscallResult.Of(Errno.OK) : result;
    }

    // Models fs/read_write.c:vfs_read() and vfs_write(), v7.3.
    private SyscallResult ReadOrWrite(KernelTask task, string call, int fd, ulong address, ulong count, out ulong done)
    {
        ulong moved = 0;
        var result = WithFile(
            task,
            call,
            fd,
            (cpu, file) =>
            {
                var operation = Files.Operation(cpu, file, call);
                if (operation == 0)
                    return -(long)Errno.EINVAL;
                if (!UserCopy.AccessOk(address, count))
                    return -(long)Errno.EFAULT;
                var position = cpu.AddressOf(file, "file", "f_pos");
                var rc = (long)cpu.Call(operation, file, address, Math.Min(count, MaxReadWrite), position);
                moved = rc > 0 ? (ulong)rc : 0;
                return rc;
            }
        );
        done = moved;
        return result;
    }

    /// <summary>A call on a file, which it holds meanwhile; EBADF.</summary>
    private SyscallResult WithFile(KernelTask task, string call, int fd, Func<Cpu, ulong, long> function) =>
        Run(
            task,
            call,
            cpu =>
            {
                if (!Files.TryGet(cpu, fd, out var file))
                    return -(long)Errno.EBADF;
                var rc = function(cpu, file);
                Files.Put(cpu, file);
                return rc;
            }
        );

    /// <summary>
    /// After the last close nothing may be left that no boot and no device made. Software nodes are on a list of all of
    /// them, so that none is lost. What is left of a task that died has been reported with its death.
    /// </summary>
    private void ReportLeaks()
    {
        if (Files.OpenCount != 0 || _mappings.Count != 0 || AnyoneDied)
            return;
        // A call of another task holds what it works on, and gives it up before it returns.
        _isLeakCheckDue = _callsInside != 0 || !_source.Provided.Deferred.IsEmpty;
        if (_isLeakCheckDue)
            return;
        Machine.Heap.ReportLeaks(obj =>
            obj is HeapBlock { IsOfBoot: false, IsOfDevice: false } block
            && !_source.Provided.Devices.IsNode(block.Address)
            && _leaked.Add(block)
        );
        foreach (var (function, what) in _source.Provided.Tasks.Remains(_source))
        {
            if (_remains.Add(function))
                Machine.Report(ReportKind.MemoryLeak, function, $"{what} is left when nothing is open");
        }
    }
}
