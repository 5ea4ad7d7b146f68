using System.Numerics;
using IommuSim.Machine;

namespace IommuSim.Drivers.IntelVtd;

/// <summary>The commands that reach a unit, with the checks of the kernel on the way there.</summary>
internal static class VtdFlush
{
    public const ulong AllPages = ulong.MaxValue;

    private const int PageShift = 12;

    /// <summary>A user's page count of 0 modulo 2^32 is a warning, and nothing is flushed.</summary>
    // Models drivers/iommu/intel/iommu.c:iommu_flush_iotlb_psi(), v6.2.
    public static void Pages(VtdNestedDomain domain, ulong pages)
    {
        if (!domain.Machine.WarnOn((uint)pages == 0, "iommu_flush_iotlb_psi", "no page to flush"))
            domain.FlushCount++;
    }

    // Models drivers/iommu/intel/nested.c:intel_nested_invalidate(), VT-d v3 to v5.
    public static void PagesOrAll(VtdNestedDomain domain, ulong address, ulong pages)
    {
        if (address == 0 && pages == AllPages)
            domain.FlushCount++;
        else
            Pages(domain, pages);
    }

    /// <summary>
    /// A user's page count of 0 is a warning, an address that is not aligned to the count rounded
    /// up is one the first time, and a count past 2^51 shifts too far.
    /// </summary>
    // Models drivers/iommu/intel/dmar.c:qi_flush_piotlb(), v6.8.
    public static void Queued(VtdNestedDomain domain, ulong address, ulong pages)
    {
        const string Site = "qi_flush_piotlb";
        var machine = domain.Machine;
        if (machine.WarnOn(pages == 0, Site, "no page to flush"))
            return;
        if (pages != AllPages)
        {
            var order = (uint)(64 - BitOperations.LeadingZeroCount(pages - 1));
            var alignment = CShift.BitUll(machine, PageShift + order, Site);
            machine.WarnOnOnce((address & (alignment - 1)) != 0, Site, "the address is not aligned");
        }

        domain.FlushCount++;
    }
}
