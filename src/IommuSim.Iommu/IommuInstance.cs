using IommuSim.Iommu.PageFaults;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommu;

/// <summary>An IOMMU in the machine, which all devices of its driver are behind: C's struct iommu_device.</summary>
internal sealed class IommuInstance(KernelMachine machine, DriverSpec driver) : HeapObject
{
    /// <summary>The machine itself, and the users that the driver counts; see the mock.</summary>
    public Refcount Users = new(1);

    private IopfQueue? _iopfQueue;

    public KernelMachine Machine { get; } = machine;

    public DriverSpec Driver { get; } = driver;

    public IommuOps Ops => Driver.Ops;

    /// <summary>Its devices that may raise page faults.</summary>
    public IopfQueue IopfQueue => _iopfQueue ??= new IopfQueue(Machine);

    public override string ToString() => $"IOMMU of {Driver.Name}";
}
