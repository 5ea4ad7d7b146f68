using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// Common to every policy of v1: the sizes of the data come from arrays in the core that are indexed by the user's
/// type. A subclass says which types are supported and advertised.
/// </summary>
/// <param name="knowsSelftest">12/12 lets the mock's type through to an invalidation, in every build.</param>
internal abstract class SizeTablePolicy(ImmutableArray<DriverSpec> drivers, bool knowsSelftest) : IHwptTypePolicy
{
    /// <summary>What an unset length may hold: nothing, the size of a request, more than the union.</summary>
    private static readonly ulong[] s_unsetLengths = [0xffff8881, 0, 40];

    public abstract string Description { get; }

    protected CoreTables Tables { get; } = CoreTables.Of(drivers);

    public abstract bool Supports(KernelMachine machine, IommuDevice device, uint type);

    public abstract ulong Advertise(KernelMachine machine, IommuDevice device);

    public virtual bool Lists(ulong advertised, uint type) => type < 64 && (advertised & (1UL << (int)type)) != 0;

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 06/12; the selftest case, 09/12. The
    // entry of a type that the driver has is that of the table.
    public virtual uint AllocSize(KernelMachine machine, IommuDevice device, uint type)
    {
        if (device.Ops.FindType(type) is { } row)
            return (uint)row.AllocSize;
        return machine.Has(Bug.B1) || machine.Has(Bug.B2)
            ? (uint)Tables.AllocSizes.Read(machine, type, "iommufd_hwpt_alloc")
            : 0;
    }

    // Models iommufd_hwpt_invalidate(), v1 07/12 and 12/12.
    public virtual bool KnowsInvalidateType(KernelMachine machine, uint type) =>
        (knowsSelftest && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST) || type < Tables.InvalidateSizes.Length;

    // Models iommufd_hwpt_invalidate(), v1 12/12: without CONFIG_IOMMUFD_TEST the branch that sets the length
    // is not compiled, and the selftest's type got this far.
    public virtual uint InvalidateSize(KernelMachine machine, uint type)
    {
        const string Site = "iommufd_hwpt_invalidate";
        if (type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST && !machine.Build.IommufdTest && machine.Has(Bug.B7))
            return (uint)machine.Unset(Site, "klen", s_unsetLengths);
        foreach (var driver in drivers)
        {
            if (driver.Ops.FindType(type) is { } row)
                return (uint)row.InvalidateSize;
        }

        return 0;
    }
}
