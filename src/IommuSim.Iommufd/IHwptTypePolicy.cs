using IommuSim.Iommu;
using IommuSim.Machine;

namespace IommuSim.Iommufd;

/// <summary>
/// The seed question: which hwpt types does a driver support, and how large is their data? Only kernels that check
/// before they allocate have a policy; in later ones the driver refuses.
/// </summary>
internal interface IHwptTypePolicy
{
    /// <summary>One sentence: where the list of types is, and what reads it.</summary>
    string Description { get; }

    /// <summary>Whether HWPT_ALLOC goes on with this type for this device.</summary>
    bool Supports(KernelMachine machine, IommuDevice device, uint type);

    /// <summary>What GET_HW_INFO returns as out_hwpt_type_bitmap.</summary>
    ulong Advertise(KernelMachine machine, IommuDevice device);

    /// <summary>How user space reads that field: whether it lists the type.</summary>
    bool Lists(ulong advertised, uint type);

    /// <summary>Bytes of allocation data that the type has; 0 means that data is ignored.</summary>
    uint AllocSize(KernelMachine machine, IommuDevice device, uint type);

    /// <summary>Whether HWPT_INVALIDATE accepts the type; tested before the lookup.</summary>
    bool KnowsInvalidateType(KernelMachine machine, uint type);

    /// <summary>Bytes of an invalidation request of the type; 0 is EINVAL.</summary>
    uint InvalidateSize(KernelMachine machine, uint type);
}
