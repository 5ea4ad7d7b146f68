using IommuSim.Iommufd;
using IommuSim.Kernel;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>One system call of an operation, ready to be made again and again.</summary>
public abstract class OperationStep
{
    /// <summary>Makes the call; answers what user space sees.</summary>
    public abstract Errno Run();
}

/// <summary>An ioctl whose argument lies in user memory.</summary>
public sealed class IoctlStep(IommufdKernel kernel, KernelTask task, int fd, uint nr, ulong address)
    : OperationStep
{
    private readonly uint _request = IoctlNumber.Request(nr);

    public ulong Address { get; } = address;

    public override Errno Run() => kernel.Ioctl(task, fd, _request, Address).Errno;
}

/// <summary>What a program does between two calls: it copies an id that it was given.</summary>
public sealed class CopyIdStep(KernelTask task, ulong from, ulong to) : OperationStep
{
    public override Errno Run()
    {
        Span<byte> id = stackalloc byte[sizeof(uint)];
        return task.Memory.Read(from, id) == 0 && task.Memory.Write(to, id) == 0
            ? Errno.OK
            : Errno.EFAULT;
    }
}

/// <summary>open and close of /dev/iommu.</summary>
public sealed class OpenCloseStep(IommufdKernel kernel, KernelTask task) : OperationStep
{
    public override Errno Run()
    {
        var rc = kernel.Open(task, out var fd).Errno;
        return rc == Errno.OK ? kernel.Close(task, fd).Errno : rc;
    }
}
