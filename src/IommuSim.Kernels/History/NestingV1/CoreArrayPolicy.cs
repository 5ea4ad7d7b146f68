using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// Patch 08: an array in the core, indexed by <c>ops-&gt;driver_type</c>, holds a bitmap of types. As posted,
/// HWPT_ALLOC looks at the bound and GET_HW_INFO does not, the bit is an int shifted by the user's number, and the
/// mock is said to support every type. Fixed, a type is supported when it is a row of the device's own driver and the
/// driver can allocate it, and exactly those are advertised; the highest bit of the field stands for the mock's own
/// type, which is too large for a bit.
/// </summary>
internal sealed class CoreArrayPolicy(IommufdSpec spec, bool knowsSelftest)
    : SizeTablePolicy(spec.Drivers, knowsSelftest)
{
    private const string AllocSite = "iommufd_hwpt_alloc";
    private const int SelftestBit = 63;

    private static readonly ulong[] s_wild = [0xffffc90000a3fd58];

    private readonly bool _hasSelftestBit = !spec.Bugs.Has((int)Bug.B27);

    public override string Description => "an array in iommufd's core, a bitmap of types by ops->driver_type";

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 08/12; the helper of 09/12.
    public override bool Supports(KernelMachine machine, IommuDevice device, uint type)
    {
        var driverType = device.Ops.DriverType;
        var isInside = driverType < Tables.TypeBitmaps.Length;
        if (Pretends(machine, driverType))
            return true;
        if (!isInside && machine.Has(Bug.B5))
        {
            machine.WarnOn(true, AllocSite, "driver_type is past the table");
            return false;
        }

        if (isInside && (machine.Has(Bug.B1) || machine.Has(Bug.B12)))
            return IsBitSet(machine, driverType, type);
        var supports = HasType(machine, device.Ops, type);
        if (machine.Has(Bug.L1) && machine.WarnOn(!supports, AllocSite, "unknown type"))
            throw PutOfNothing(machine);
        return supports;
    }

    // Models drivers/iommu/iommufd/device.c:iommufd_device_get_hw_info(), v1 08/12 and 09/12.
    public override ulong Advertise(KernelMachine machine, IommuDevice device)
    {
        var driverType = device.Ops.DriverType;
        if (Pretends(machine, driverType))
            return ulong.MaxValue;
        if (machine.Has(Bug.B4))
            return Tables.TypeBitmaps.Read(machine, driverType, "iommufd_device_get_hw_info");
        var bitmap = 1UL;
        foreach (var row in device.Ops.HwptTypes)
        {
            if (!HasType(machine, device.Ops, row.Type))
                continue;
            if (row.Type < SelftestBit)
                bitmap |= 1UL << (int)row.Type;
            else if (row.Type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST && _hasSelftestBit)
                bitmap |= 1UL << SelftestBit;
        }

        return bitmap;
    }

    public override bool Lists(ulong advertised, uint type) =>
        !_hasSelftestBit ? base.Lists(advertised, type)
        : type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST ? advertised >> SelftestBit != 0
        : type != SelftestBit && base.Lists(advertised, type);

    /// <summary>v2: the way out for an unknown type puts an object that was never looked up.</summary>
    internal static TaskDiedException PutOfNothing(KernelMachine machine)
    {
        var pointer = machine.Unset(AllocSite, "pt_obj", s_wild);
        return machine.Oops(
            pointer == 0 ? ReportKind.NullDereference : ReportKind.PageFault,
            "iommufd_put_object",
            "the object to put was never looked up"
        );
    }

    private static bool Pretends(KernelMachine machine, uint driverType) =>
        machine.Has(Bug.B2) && machine.Build.IommufdTest && driverType == HwInfoType.IOMMU_HW_INFO_TYPE_SELFTEST;

    private static bool HasType(KernelMachine machine, IommuOps ops, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT
        || ((ops.DomainAllocUser is not null || machine.Has(Bug.B19)) && ops.FindType(type) is not null);

    /// <summary>
    /// The bound leaves one index of a one-entry table, whose value is a constant bit 0: gcc at -O2 turns the
    /// whole test into a comparison with 0, at -O0 it shifts.
    /// </summary>
    private bool IsBitSet(KernelMachine machine, uint driverType, uint type)
    {
        var bit = CShift.OneAsInt(machine, type, AllocSite);
        var isFolded = machine.Build.Optimized && Tables.TypeBitmaps.Length == 1;
        return isFolded
            ? type == HwptType.IOMMU_HWPT_TYPE_DEFAULT
            : (bit & Tables.TypeBitmaps.Read(machine, driverType, AllocSite)) != 0;
    }
}

/// <summary>Patches 06 and 07: no driver has a type yet, so every one but DEFAULT is EINVAL.</summary>
internal sealed class DefaultOnlyPolicy(IommufdSpec spec) : SizeTablePolicy(spec.Drivers, knowsSelftest: false)
{
    public override string Description => "nowhere: every type but DEFAULT is refused";

    public override bool Supports(KernelMachine machine, IommuDevice device, uint type) =>
        type == HwptType.IOMMU_HWPT_TYPE_DEFAULT;

    /// <summary>GET_HW_INFO has no field for it yet.</summary>
    public override ulong Advertise(KernelMachine machine, IommuDevice device) => 0;
}
