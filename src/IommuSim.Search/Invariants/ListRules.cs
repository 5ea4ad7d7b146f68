using IommuSim.Iommufd;

namespace IommuSim.Search.Invariants;

/// <summary>I9: who is on the lists of an IOAS, once each.</summary>
internal static class ListRules
{
    public static void Check(Ioas ioas, List<Violation> found)
    {
        var listed = 0;
        for (var hwpt = ioas.Hwpts.First; hwpt is not null; hwpt = hwpt.Next)
        {
            if (++listed > ioas.Context.Objects.Count)
            {
                found.Add(new Violation("I9", "the list of an IOAS has no end"));
                return;
            }

            if (hwpt.Freed)
                found.Add(new Violation("I2", "the list of an IOAS holds a freed hwpt"));
            else if (!ReferenceEquals(ioas.Context.Objects.Find(hwpt.Id), hwpt))
                found.Add(new Violation("I5", "the list of an IOAS holds a hwpt without an id"));
            else if (!ReferenceEquals(hwpt.Ioas, ioas) || !hwpt.IsOnIoasList)
                found.Add(new Violation("I9", "the list of an IOAS holds a hwpt of another"));
            else if (!HasDomain(ioas, hwpt))
                found.Add(new Violation("I9", "a listed hwpt's domain is not in its IOAS"));
        }

        if (ioas.Iopt.Domains.Count != listed)
            found.Add(new Violation("I9", "an IOAS has a domain without a listed hwpt"));
    }

    public static void Check(HwPagetable hwpt, List<Violation> found)
    {
        if (hwpt.Domain is null)
            found.Add(new Violation("I5", "a hwpt has no domain"));
        else if (hwpt.Domain.Freed)
            found.Add(new Violation("I2", "a hwpt's domain was freed"));
        if (hwpt.AutoDomain && hwpt.Users.Value <= 1)
            found.Add(new Violation("I4", "an automatic hwpt outlived its last device"));
        if (hwpt.Parent is not null)
        {
            if (hwpt.IsOnIoasList)
                found.Add(new Violation("I9", "a nested hwpt is on the list of an IOAS"));
        }
        else if (!IsListed(hwpt))
        {
            found.Add(new Violation("I9", "a paging hwpt is not on the list of its IOAS"));
        }
    }

    private static bool HasDomain(Ioas ioas, HwPagetable hwpt)
    {
        var domains = ioas.Iopt.Domains;
        return hwpt.Domain is { TableIndex: >= 0 } domain
            && domain.TableIndex < domains.Count
            && ReferenceEquals(domains[domain.TableIndex], domain);
    }

    private static bool IsListed(HwPagetable hwpt)
    {
        var steps = 0;
        for (var other = hwpt.Ioas?.Hwpts.First; other is not null; other = other.Next)
        {
            if (ReferenceEquals(other, hwpt))
                return true;
            if (++steps > hwpt.Context.Objects.Count)
                return false;
        }

        return false;
    }
}
