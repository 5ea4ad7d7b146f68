using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;

namespace IommuSim.Iommufd.Files;

/// <summary>Programs that use the machine's own numbers.</summary>
internal sealed class MachineDescriptors : IDescriptorAllocator
{
    public static MachineDescriptors Instance { get; } = new();

    public Errno Reserve(KernelTask task, int file, out int number)
    {
        number = file;
        return Errno.OK;
    }

    public void Cancel(int file, int number) { }

    public void Install(int file, int number) { }

    public bool TryFind(KernelTask task, int number, out int file)
    {
        file = number;
        return true;
    }
}
