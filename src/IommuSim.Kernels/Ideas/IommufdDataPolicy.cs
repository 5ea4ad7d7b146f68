using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Ideas;

/// <summary>
/// Jason's <c>ops-&gt;iommufd_data.XX</c>: a sub-struct in the driver's ops for all that iommufd wants to know. The
/// mail does not say what is in it; here it is the list of the driver's types with the length of their data, so that no
/// table of the core is left on the way to an allocation.
/// </summary>
internal sealed class IommufdDataPolicy(ImmutableArray<DriverSpec> drivers)
    : SizeTablePolicy(drivers, knowsSelftest: true)
{
    public override string Description => "ops->iommufd_data, a list of types and lengths in each driver's ops";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT || device.Ops.FindType(type) is not null;

    /// <summary>The field is still a bitmap: types from 64 on are accepted and not listed.</summary>
    public override ulong Advertise(KernelMachine machine, IommuDevice device)
    {
        var bitmap = 1UL;
        foreach (var row in device.Ops.HwptTypes)
            bitmap |= row.Type < 64 ? 1UL << (int)row.Type : 0;
        return bitmap;
    }

    public override uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
        (uint)(device.Ops.FindType(type)?.AllocSize ?? 0);
}
