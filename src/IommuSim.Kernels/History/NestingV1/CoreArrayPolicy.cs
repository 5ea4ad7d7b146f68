using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// Patch 08: an array in the core, indexed by <c>ops-&gt;driver_type</c>, holds a bitmap of types.
/// HWPT_ALLOC looks at the bound, GET_HW_INFO does not; the bit is an int shifted by the user's number.
/// </summary>
public sealed class CoreArrayPolicy(ImmutableArray<DriverSpec> drivers, SelftestCases selftest)
    : SizeTablePolicy(drivers, selftest)
{
    public override string Description => "an array in iommufd's core, a bitmap of types by ops->driver_type";

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 08/12; the helper of 09/12.
    public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
    {
        const string Site = "iommufd_hwpt_alloc";
        var driverType = device.Ops.DriverType;
        if (Pretends(machine, driverType))
            return true;
        if (machine.WarnOn(driverType >= Tables.TypeBitmaps.Length, Site, "driver_type is past the table"))
            return false;
        var bit = CShift.OneAsInt(machine, type, Site);
        return IsFolded(machine)
            ? type == HwptType.IOMMU_HWPT_TYPE_DEFAULT
            : (bit & Tables.TypeBitmaps.Read(machine, driverType, Site)) != 0;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_hw_info(), v1 08/12 and 09/12.
    public override ulong Advertise(KernelMachine machine, IommuDevice device)
    {
        var driverType = device.Ops.DriverType;
        return Pretends(machine, driverType)
            ? ulong.MaxValue
            : Tables.TypeBitmaps.Read(machine, driverType, "iommufd_device_get_hw_info");
    }

    private bool Pretends(KernelMachine machine, uint driverType) =>
        Selftest.PretendsSupport && machine.Build.IommufdTest && driverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST;

    /// <summary>
    /// The bound leaves one index of a one-entry table, whose value is a constant bit 0: gcc at -O2 turns the
    /// whole test into a comparison with 0, at -O0 it shifts.
    /// </summary>
    private bool IsFolded(KernelMachine machine) => machine.Build.Optimized && Tables.TypeBitmaps.Length == 1;
}
