using IommuSim.Iommu.PageFaults;
using IommuSim.Machine;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommu;

/// <summary>An IOMMU in the machine, one for each unit that devices name: C's struct iommu_device.</summary>
internal sealed class IommuInstance(KernelMachine machine, DriverSpec driver) : HeapObject
{
    /// <summary>The machine itself, and the users that the driver counts; see the mock.</summary>
    public Refcount Users = new(1);

    private IopfQueue? _iopfQueue;

    public KernelMachine Machine { get; } = machine;

    public DriverSpec Driver { get; } = driver;

    public IommuOps Ops => Driver.Ops;

    /// <summary>What the driver keeps of the unit, such as struct arm_smmu_device.</summary>
    public object? Private { get; set; }

    /// <summary>Its devices that may raise page faults.</summary>
    public IopfQueue IopfQueue => _iopfQueue ??= new IopfQueue(Machine);

    public override string ToString() => $"IOMMU of {Driver.Name}";
}
