using IommuSim.Machine;
using IommuSim.Machine.Locks;
using IommuSim.Machine.Memory;

namespace IommuSim.Iommu.PageFaults;

/// <summary>A device that can raise page faults. Models struct iommu_fault_param.</summary>
internal sealed class IommuFaultParam(IommuDevice device, IopfQueue queue) : HeapObject
{
    /// <summary>One for the queue, one for each group of faults.</summary>
    public Refcount Users = new(1);

    private static readonly LockClass s_lockClass = new("&fault_param->lock");

    public IommuDevice Device { get; } = device;

    public IopfQueue Queue { get; } = queue;

    /// <summary>Guards <see cref="Faults"/> and <see cref="Partial"/>.</summary>
    public KernelMutex Lock { get; } = new(device.Machine, s_lockClass);

    /// <summary>Groups without a new owner yet, the newest first.</summary>
    public List<IopfGroup> Faults { get; } = [];

    /// <summary>Faults of incomplete groups, the newest first.</summary>
    public List<IopfFault> Partial { get; } = [];

    public override string ToString() => $"fault parameter of {Device.Name}";
}
