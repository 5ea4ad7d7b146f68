using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;

namespace IommuSim.Kernels.Ideas;

/// <summary>
/// The plan of 29 March: a bitmap <c>ops-&gt;hwpt_types</c> in each driver, tested with BIT_ULL. The mock's
/// number does not fit into 64 bits, so its ops claim everything, as the core did for it.
/// </summary>
internal sealed class OpsHwptTypesPolicy(ImmutableArray<DriverSpec> drivers)
    : SizeTablePolicy(drivers, knowsSelftest: true)
{
    public override string Description => "ops->hwpt_types, a bitmap in each driver's ops";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        (CShift.BitUll(machine, type, "iommufd_hwpt_alloc") & BitmapOf(device.Ops)) != 0;

    public override ulong Advertise(KernelMachine machine, IommuDevice device) => BitmapOf(device.Ops);

    private static ulong BitmapOf(IommuOps ops)
    {
        var bitmap = 1UL;
        foreach (var row in ops.HwptTypes)
        {
            if (row.Type >= 64)
                return ulong.MaxValue;
            bitmap |= 1UL << (int)row.Type;
        }

        return bitmap;
    }
}
