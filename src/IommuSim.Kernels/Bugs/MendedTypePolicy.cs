using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Kernels.History.NestingV1;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.Bugs;

/// <summary>
/// v1's answer with every table read in bounds: a type is supported when it is a row of the device's own
/// driver and the driver can allocate it, and exactly those are advertised. The highest bit of the field
/// stands for the mock's own type, which is too large for a bit.
/// </summary>
internal class MendedTypePolicy(ImmutableArray<DriverSpec> drivers) : IHwptTypePolicy
{
    private const int SelftestBit = 63;

    private readonly ImmutableArray<DriverSpec> _drivers = drivers;

    public virtual string Description => "the rows of the driver, every lookup in bounds, and exactly those advertised";

    /// <summary>The tables of the series, for the bugs that read them.</summary>
    protected CoreTables Tables { get; } = CoreTables.Of(drivers);

    public virtual bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT
        || (device.Ops.DomainAllocUser is not null && Find(device.Ops, type) is not null);

    public virtual ulong Advertise(KernelMachine machine, IommuDevice device)
    {
        var bitmap = 1UL;
        foreach (var row in device.Ops.HwptTypes)
        {
            if (!Supports(machine, device, row.Type))
                continue;
            if (row.Type < SelftestBit)
                bitmap |= 1UL << (int)row.Type;
            else if (row.Type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
                bitmap |= 1UL << SelftestBit;
        }

        return bitmap;
    }

    public virtual bool Lists(ulong advertised, uint type)
    {
        if (type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
            return advertised >> SelftestBit != 0;
        return type < SelftestBit && (advertised & (1UL << (int)type)) != 0;
    }

    public virtual uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
        (uint)(Find(device.Ops, type)?.AllocSize ?? 0);

    public virtual bool KnowsInvalidateType(KernelMachine machine, uint type) => InvalidateSize(machine, type) != 0;

    public virtual uint InvalidateSize(KernelMachine machine, uint type)
    {
        foreach (var driver in _drivers)
        {
            if (Find(driver.Ops, type) is { } row)
                return (uint)row.InvalidateSize;
        }

        return 0;
    }

    protected static HwptTypeRow? Find(IommuOps ops, uint type)
    {
        foreach (var row in ops.HwptTypes)
        {
            if (row.Type == type)
                return row;
        }

        return null;
    }
}
