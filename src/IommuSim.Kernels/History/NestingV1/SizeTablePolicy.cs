using System.Collections.Immutable;
using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Machine;
using IommuSim.Uapi;

namespace IommuSim.Kernels.History.NestingV1;

/// <summary>
/// What every v1 answer has in common: the sizes of the data come from arrays in the core that are indexed
/// by the user's type without a bound. A subclass says which types are supported and advertised.
/// </summary>
public abstract class SizeTablePolicy(ImmutableArray<DriverSpec> drivers, SelftestCases selftest) : IHwptTypePolicy
{
    /// <summary>Bytes of struct iommu_hwpt_selftest and struct iommu_hwpt_invalidate_selftest.</summary>
    private const uint SelftestAllocSize = 16;
    private const uint SelftestInvalidateSize = 8;

    /// <summary>What an unset length may hold: nothing, the size of a request, more than the union.</summary>
    private static readonly ulong[] s_unsetLengths = [0xffff8881, 0, 40];

    public abstract string Description { get; }

    protected CoreTables Tables { get; } = CoreTables.Of(drivers);

    protected SelftestCases Selftest { get; } = selftest;

    public abstract bool Supports(KernelMachine machine, IommuDevice device, uint type);

    public abstract ulong Advertise(KernelMachine machine, IommuDevice device);

    public virtual bool Lists(ulong advertised, uint type) => type < 64 && (advertised & (1UL << (int)type)) != 0;

    // Models drivers/iommu/iommufd/hw_pagetable.c:iommufd_hwpt_alloc(), v1 06/12; the selftest case, 09/12.
    public virtual uint AllocSize(KernelMachine machine, IommuDevice device, uint type) =>
        Selftest.KnowsAllocType(machine) && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST
            ? SelftestAllocSize
            : (uint)Tables.AllocSizes.Read(machine, type, "iommufd_hwpt_alloc");

    // Models iommufd_hwpt_invalidate(), v1 07/12; 12/12 lets the selftest's type through in every build.
    public virtual bool KnowsInvalidateType(KernelMachine machine, uint type) =>
        (Selftest.KnowsInvalidateType && type == HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
        || type < Tables.InvalidateSizes.Length;

    // Models iommufd_hwpt_invalidate(), v1 12/12: without CONFIG_IOMMUFD_TEST the branch that sets the length
    // is not compiled, and the selftest's type got this far.
    public virtual uint InvalidateSize(KernelMachine machine, uint type)
    {
        const string Site = "iommufd_hwpt_invalidate";
        if (type != HwptType.IOMMU_HWPT_TYPE_SELFTTEST)
            return (uint)Tables.InvalidateSizes.Read(machine, type, Site);
        return machine.Build.IommufdTest ? SelftestInvalidateSize : (uint)machine.Unset(Site, "klen", s_unsetLengths);
    }
}
