using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>An ioctl whose argument lies in user memory.</summary>
public sealed class IoctlStep(IKernel kernel, KernelTask task, int fd, uint nr, ulong address) : OperationStep
{
    private readonly uint _request = IoctlNumber.Request(nr);

    public ulong Address { get; } = address;

    public override Errno Run() => kernel.Ioctl(task, fd, _request, Address).Errno;
}
