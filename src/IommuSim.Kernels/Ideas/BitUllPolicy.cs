using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;

namespace IommuSim.Kernels.Ideas;

/// <summary>
/// Baolu's question: instead of a table, <c>BIT_ULL(ops-&gt;driver_type)</c>, which takes the number of an
/// IOMMU for the number of a hwpt type. No table, so no special case for the mock either.
/// </summary>
internal sealed class BitUllPolicy(ImmutableArray<DriverSpec> drivers) : SizeTablePolicy(drivers, knowsSelftest: true)
{
    public override string Description => "nowhere: BIT_ULL(ops->driver_type) is taken for the bitmap";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
    {
        const string Site = "iommufd_hwpt_alloc";
        return (CShift.OneAsInt(machine, type, Site) & CShift.BitUll(machine, device.Ops.DriverType, Site)) != 0;
    }

    public override ulong Advertise(KernelMachine machine, IommuDevice device) =>
        CShift.BitUll(machine, device.Ops.DriverType, "iommufd_device_get_hw_info");
}
