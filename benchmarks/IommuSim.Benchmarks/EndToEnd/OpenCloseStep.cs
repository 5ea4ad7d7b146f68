using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Benchmarks.EndToEnd;

/// <summary>open and close of /dev/iommu.</summary>
public sealed class OpenCloseStep(IKernel kernel, KernelTask task) : OperationStep
{
    public override Errno Run()
    {
        var rc = kernel.Open(task, out var fd).Errno;
        return rc == Errno.OK ? kernel.Close(task, fd).Errno : rc;
    }
}
