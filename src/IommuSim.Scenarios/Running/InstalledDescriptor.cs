using IommuSim.Iommu.Syscalls;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Scenarios.Running;

/// <summary>Learns which descriptor a call installs that does not return it.</summary>
internal sealed class InstalledDescriptor : IDescriptorAllocator
{
    private readonly IKernel _kernel;
    private readonly IDescriptorAllocator _numbers;

    private InstalledDescriptor(IKernel kernel)
    {
        _kernel = kernel;
        _numbers = kernel.Descriptors;
        kernel.Descriptors = this;
    }

    /// <summary>The last that was installed; null for none.</summary>
    public int? Number { get; private set; }

    /// <summary>From now on, until <see cref="End"/>.</summary>
    public static InstalledDescriptor Watch(IKernel kernel) => new(kernel);

    public void End() => _kernel.Descriptors = _numbers;

    public Errno Reserve(KernelTask task, int file, out int number) => _numbers.Reserve(task, file, out number);

    public void Cancel(int file, int number) => _numbers.Cancel(file, number);

    public void Install(int file, int number)
    {
        Number = number;
        _numbers.Install(file, number);
    }

    public bool TryFind(KernelTask task, int number, out int file) => _numbers.TryFind(task, number, out file);
}
