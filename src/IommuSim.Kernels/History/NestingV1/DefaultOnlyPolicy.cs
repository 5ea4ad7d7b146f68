using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>Patches 06 and 07: no driver has a type yet, so every one but DEFAULT is EINVAL.</summary>
public sealed class DefaultOnlyPolicy(ImmutableArray<DriverSpec> drivers) : SizeTablePolicy(drivers, SelftestCases.None)
{
    public override string Description => "nowhere: every type but DEFAULT is refused";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT;

    /// <summary>GET_HW_INFO has no field for it yet.</summary>
    public override ulong Advertise(KernelMachine machine, IommuDevice device) => 0;
}
