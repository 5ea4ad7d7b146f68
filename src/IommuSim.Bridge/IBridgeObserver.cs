using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Machine.Reports;

namespace IommuSim.Bridge;

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
