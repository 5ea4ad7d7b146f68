using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.Rfc;

/// <summary>
/// The predecessor of patch 08: the same array, with no bound anywhere, and a special case for the mock's type that
/// holds for every driver.
/// </summary>
internal sealed class RfcPolicy(IommufdSpec spec) : SizeTablePolicy(spec.Drivers, knowsSelftest: true)
{
    /// <summary>Bytes of struct iommu_hwpt_selftest.</summary>
    private const uint SelftestAllocSize = 16;

    private readonly CTable _supported = WithoutDefault(spec.Drivers);

    public override string Description =>
        "an array in iommufd's core, a bitmap of types by ops->driver_type, unbounded";

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), RFC 13/17 and 15/17.
    public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
    {
        const string Site = "iommufd_hwpt_alloc";
        if (machine.Build.IommufdTest && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
            return true;
        var bit = CShift.OneAsInt(machine, type, Site);
        return (bit & _supported.Read(machine, device.Ops.DriverType, Site)) != 0;
    }

    // Models iommufd_device_get_info(), RFC 13/17 and 15/17.
    public override ulong Advertise(KernelMachine machine, IommuDevice device) =>
        machine.Build.IommufdTest && device.Ops.DriverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST
            ? ulong.MaxValue
            : _supported.Read(machine, device.Ops.DriverType, "iommufd_device_get_info");

    /// <summary>The mock's type has the mock's size, for every driver.</summary>
    public override uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
        machine.Build.IommufdTest && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST
            ? SelftestAllocSize
            : base.AllocSize(machine, device, type);

    // Models iommufd_hwpt_invalidate(), RFC 12/17 and 17/17: no bound before the table is read.
    public override bool KnowsInvalidateType(KernelMachine machine, uint type) => true;

    public override uint InvalidateSize(KernelMachine machine, uint type) =>
        machine.Build.IommufdTest && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST
            ? base.InvalidateSize(machine, type)
            : (uint)Tables.InvalidateSizes.Read(machine, type, "iommufd_hwpt_invalidate");

    /// <summary>Entry 0 is a hole: no driver had the number 0 yet.</summary>
    private static CTable WithoutDefault(ImmutableArray<DriverSpec> drivers)
    {
        var entries = CoreTables.Of(drivers).TypeBitmaps.Entries.Remove(HwInfoType.IOMMU_HW_INFO_TYPE_DEFAULT);
        return new CTable("iommufd_supported_pgtbl_types", elementSize: 8, entries);
    }
}
