using IommuSim.Iommu;
using IommuSim.Iommufd;
using IommuSim.Iommufd.Mappings;
using IommuSim.Machine;

namespace IommuSim.Search.Oracles;

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
        for (var node = FirstOf(iopt); node is not null; node = iopt.Areas.Next(node, 0, ulong.MaxValue))
        {
            var area = node.Value;
            if (before is not null && before.LastIova >= area.Iova)
                found.Add("I14", "two areas of an IOAS overlap");
            if (area.Pages is null)
                found.Add("I5", "an area is left half made");
            // A copy of several areas is checked as a whole: without a domain its slices may be unaligned.
            if (iopt.Domains.Length > 0 && ((area.Iova | area.Length) & (iopt.IovaAlignment - 1)) != 0)
                found.Add("I14", "an area is not aligned as its IOAS needs");
            before = area;
        }

        var reservations = iopt.Reservations;
        for (var i = 0; i < reservations.Count && before is not null; i++)
        {
            if (iopt.Areas.First(reservations[i].Start, reservations[i].Last) is not null)
                found.Add("I14", "an area lies in a reserved range");
        }

        var domains = iopt.Domains;
        for (var i = 0; i < domains.Length; i++)
            Check(iopt, domains[i], found);
    }

    private static Interval<IoptArea>? FirstOf(IoPagetable iopt) => iopt.Areas.First(0, ulong.MaxValue);

    private static void Check(IoPagetable iopt, IommuDomain domain, List<Violation> found)
    {
        if (domain.Freed || domain.Ops.MapPages is null)
            return;
        ulong mapped = 0;
        for (var node = FirstOf(iopt); node is not null; node = iopt.Areas.Next(node, 0, ulong.MaxValue))
        {
            var area = node.Value;
            mapped += area.Pages is { IsRevoked: true } ? 0 : area.Length;
            if (area.Iova < domain.ApertureStart || area.LastIova > domain.ApertureEnd)
                found.Add("I14", "an area is out of the reach of a domain");
            if (!Translates(domain, area))
                found.Add("I12", "a domain does not translate an area");
        }

        var run = domain.PageTable.First(0, ulong.MaxValue);
        for (; run is not null; run = domain.PageTable.Next(run))
            mapped -= run.Last - run.Start + 1;
        if (mapped != 0)
            found.Add("I12", "a domain translates what is not mapped");
    }

    private static bool Translates(IommuDomain domain, IoptArea area)
    {
        if (area.Pages is not { } pages)
            return true;
        if (pages.IsRevoked)
            return domain.PageTable.First(area.Iova, area.LastIova) is null;
        for (var iova = area.Iova; ; )
        {
            var index = area.IndexOf(iova);
            var physical =
                pages.PhysicalAt(index, area.LastIndex, out var count) + (area.StartByte(iova) % IoptPages.PageSize);
            if (
                domain.PageTable.First(iova, iova) is not { } run
                || run.Value.Physical + (iova - run.Start) != physical
                || run.Value.Prot != pages.ProtOf(area)
            )
                return false;
            var next = (index + count) * IoptPages.PageSize;
            var last = Math.Min(run.Last, Math.Min(area.LastIova, iova + (next - area.StartByte(iova) - 1)));
            if (last == area.LastIova)
                return true;
            iova = last + 1;
        }
    }
}

/// <summary>
/// I6: a device's ranges are reserved in an IOAS exactly as long as it is attached there; which
/// IOAS a hwpt reserves in is the kernel's own rule.
/// </summary>
internal static class ReservationRules
{
    public static void Check(IommufdKernel kernel, IommufdContext context, List<Violation> found)
    {
        for (uint id = 1; id <= context.Objects.LastUsed; id++)
        {
            if (context.Objects.Find(id) is not Ioas { Freed: false } ioas)
                continue;
            CheckOwners(kernel, context, ioas, found);
            foreach (var (_, group) in context.Groups)
            {
                if (group.Hwpt is not { Freed: false } hwpt)
                    continue;
                if (!ReferenceEquals(kernel.Spec.Attach.ReservesIn(hwpt), ioas))
                    continue;
                foreach (var member in group.Devices)
                    CheckAttached(ioas, member.Device, found);
            }
        }
    }

    private static void CheckOwners(IommufdKernel kernel, IommufdContext context, Ioas ioas, List<Violation> found)
    {
        var reservations = ioas.Iopt.Reservations;
        for (var i = 0; i < reservations.Count; i++)
        {
            if (reservations[i].Owner is IommuDevice device && !Reserves(kernel, context, ioas, device))
            {
                found.Add("I6", "reserved range without an attached device");
                return;
            }
        }
    }

    private static bool Reserves(IommufdKernel kernel, IommufdContext context, Ioas ioas, IommuDevice device)
    {
        if (
            !context.Groups.TryGetValue(device.Group, out var group)
            || group.Hwpt is not { Freed: false } hwpt
            || !ReferenceEquals(kernel.Spec.Attach.ReservesIn(hwpt), ioas)
        )
            return false;
        foreach (var member in group.Devices)
        {
            if (ReferenceEquals(member.Device, device))
                return true;
        }

        return false;
    }

    private static void CheckAttached(Ioas ioas, IommuDevice device, List<Violation> found)
    {
        var owned = 0;
        var reservations = ioas.Iopt.Reservations;
        for (var i = 0; i < reservations.Count; i++)
            owned += ReferenceEquals(reservations[i].Owner, device) ? 1 : 0;
        var needed = 0;
        var isReserved = true;
        foreach (var region in device.ReservedRegions)
        {
            if (region.Kind == ReservedKind.DirectRelaxable)
                continue;
            needed++;
            isReserved &= Has(reservations, new IovaReservation(region.Start, region.Last, device));
        }

        if (owned < needed)
            found.Add("I6", "attached device without its reserved ranges");
        else if (owned > needed)
            found.Add("I6", "attached device with its ranges reserved twice");
        else if (!isReserved)
            found.Add("I6", "attached device with reserved ranges of other bounds");
    }

    private static bool Has(IReadOnlyList<IovaReservation> reservations, in IovaReservation wanted)
    {
        for (var i = 0; i < reservations.Count; i++)
        {
            if (reservations[i] == wanted)
                return true;
        }

        return false;
    }
}
