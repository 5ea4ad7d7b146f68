using IommuSim.Iommu;
using IommuSim.Iommufd;

namespace IommuSim.Search.Invariants;

/// <summary>
/// I6: a device's ranges are reserved in an IOAS exactly as long as it is attached there; which
/// IOAS a hwpt reserves in is the kernel's own rule.
/// </summary>
internal static class ReservationRules
{
    public static void Check(IommufdKernel kernel, IommufdContext context, List<Violation> found)
    {
        for (uint id = 1; id <= context.Objects.MaxId; id++)
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
        foreach (var reservation in ioas.Iopt.Reservations)
        {
            if (reservation.Owner is IommuDevice device && !Reserves(kernel, context, ioas, device))
            {
                found.Add(new Violation("I6", "reserved range without an attached device"));
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
        foreach (var reservation in ioas.Iopt.Reservations)
            owned += ReferenceEquals(reservation.Owner, device) ? 1 : 0;
        var needed = 0;
        foreach (var region in device.ReservedRegions)
            needed += region.Kind == ReservedKind.DirectRelaxable ? 0 : 1;
        if (owned < needed)
            found.Add(new Violation("I6", "attached device without its reserved ranges"));
        else if (owned > needed)
            found.Add(new Violation("I6", "attached device with its ranges reserved twice"));
    }
}
