using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;

namespace IommuSim.Search.Invariants;

/// <summary>
/// I12: every domain of an IOAS translates its areas and nothing else. I14: areas are aligned, lie where
/// nothing is reserved, and never meet.
/// </summary>
internal static class AreaRules
{
    public static void Check(Ioas ioas, List<Violation> found)
    {
        var iopt = ioas.Iopt;
        IoptArea? before = null;
        foreach (var area in iopt.InOrder())
        {
            if (before is not null && before.LastIova >= area.Iova)
                found.Add(new Violation("I14", "two areas of an IOAS overlap"));
            if (area.Pages is null)
                found.Add(new Violation("I5", "an area is left half made"));
            if (((area.Iova | area.Length) & (iopt.IovaAlignment - 1)) != 0)
                found.Add(new Violation("I14", "an area is not aligned as its IOAS needs"));
            before = area;
        }

        foreach (var reservation in iopt.Reservations)
        {
            if (iopt.Areas.First(reservation.Start, reservation.Last) is not null)
                found.Add(new Violation("I14", "an area lies in a reserved range"));
        }

        foreach (var domain in iopt.Domains)
            Check(iopt, domain, found);
    }

    private static void Check(IoPagetable iopt, IommuDomain domain, List<Violation> found)
    {
        if (domain.Freed || domain.Ops.MapPages is null)
            return;
        ulong mapped = 0;
        foreach (var area in iopt.InOrder())
        {
            mapped += area.Length;
            if (area.Iova < domain.ApertureStart || area.LastIova > domain.ApertureEnd)
                found.Add(new Violation("I14", "an area is out of the reach of a domain"));
            if (!Translates(domain, area))
                found.Add(new Violation("I12", "a domain does not translate an area"));
        }

        var run = domain.PageTable.First(0, ulong.MaxValue);
        for (; run is not null; run = domain.PageTable.Next(run))
            mapped -= run.Last - run.Start + 1;
        if (mapped != 0)
            found.Add(new Violation("I12", "a domain translates what is not mapped"));
    }

    private static bool Translates(IommuDomain domain, IoptArea area)
    {
        if (area.Pages is null)
            return true;
        var physical = area.Pages.Physical + area.StartByte(area.Iova);
        return domain.PageTable.First(area.Iova, area.Iova) is { } run
            && run.Value.Physical + (area.Iova - run.Start) == physical
            && run.Value.Prot == area.Prot
            && run.Last >= area.LastIova;
    }
}
