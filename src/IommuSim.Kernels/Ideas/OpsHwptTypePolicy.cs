using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Ideas;

/// <summary>
/// The seed: <c>ops-&gt;hwpt_type</c> in the drivers instead of an array in the core. One number each;
/// DEFAULT goes without saying. GET_HW_INFO returns the number itself in the field of the bitmap.
/// </summary>
internal sealed class OpsHwptTypePolicy(ImmutableArray<DriverSpec> drivers)
    : SizeTablePolicy(drivers, knowsSelftest: true)
{
    public override string Description => "ops->hwpt_type, one number in each driver's ops";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT || type == HwptTypeOf(device.Ops);

    public override ulong Advertise(KernelMachine machine, IommuDevice device) => HwptTypeOf(device.Ops);

    public override bool Lists(ulong advertised, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT || type == advertised;

    /// <summary>A driver with several types must choose: the last one, as the newest.</summary>
    private static uint HwptTypeOf(IommuOps ops) =>
        ops.HwptTypes.IsEmpty ? HwptType.IOMMU_HWPT_TYPE_DEFAULT : ops.HwptTypes[^1].Type;
}
