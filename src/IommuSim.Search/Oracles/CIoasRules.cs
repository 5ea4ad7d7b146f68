using IommuSim.Source.Objects;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I6, I12 and I14 of an IOAS in a kernel made of C, as far as they can be read: reserved ranges against who is
/// attached, areas against each other, against reserved ranges and against the domains. Whether a page table translates
/// an area cannot be read: only its driver's code can walk it.
/// </summary>
internal sealed class CIoasRules
{
    private readonly List<ulong> _areas = [];
    private readonly List<ulong> _reserved = [];
    private readonly List<ulong> _ofPages = [];
    private readonly List<(ulong Device, ulong Ioas)> _attached = [];

    /// <summary>Begins a context.</summary>
    public void Start() => _attached.Clear();

    /// <summary>A device is attached to the hwpt, which an id names.</summary>
    public void NoteAttached(StructView view, CMembers members, ulong device, CObject hwpt)
    {
        if (!members.HasRanges)
            return;
        var paging = hwpt.Kind?.Tag == "iommufd_hwpt_nested" ? view.Word(hwpt.At, members.NestedParent) : hwpt.At;
        _attached.Add((view.Word(device, members.Device), view.Word(paging, members.PagingIoas)));
    }

    /// <summary>Adds what does not hold of the IOAS.</summary>
    /// <param name="domains">Its domains.</param>
    public void Check(StructView view, CMembers members, ulong ioas, List<ulong> domains, List<Violation> found)
    {
        _areas.Clear();
        _reserved.Clear();
        view.ReadTree(ioas + members.IoasAreas.Offset, members.Area.Node, _areas);
        view.ReadTree(ioas + members.IoasReserved.Offset, members.Reserved.Node, _reserved);
        foreach (var range in _reserved)
        {
            var owner = view.Word(range, members.Owner);
            // The selftest reserves for nobody.
            if (owner != 0 && !domains.Contains(owner) && !_attached.Contains((owner, ioas)))
                found.Add("I6", "reserved range without an attached device");
        }

        for (var i = 0; i < _areas.Count; i++)
        {
            var (start, last) = RangeOf(view, _areas[i], members.Area);
            if (i > 0 && RangeOf(view, _areas[i - 1], members.Area).Last >= start)
                found.Add("I14", "two areas of an IOAS overlap");
            foreach (var range in _reserved)
            {
                var (first, end) = RangeOf(view, range, members.Reserved);
                if (first <= last && start <= end)
                    found.Add("I14", "an area lies in a reserved range");
            }

            CheckDomains(view, members, _areas[i], domains, found);
        }
    }

    /// <summary>An area keeps its pages in one of the domains, and its pages know it as long as there is one.</summary>
    private void CheckDomains(StructView view, CMembers members, ulong area, List<ulong> domains, List<Violation> found)
    {
        var pages = view.Word(area, members.AreaPages);
        if (pages == 0)
        {
            found.Add("I5", "an area is left half made");
            return;
        }

        var domain = view.Word(area, members.AreaDomain);
        if (domain == 0 && domains.Count > 0)
            found.Add("I12", "an area is mapped in no domain of its IOAS");
        else if (domain != 0 && !domains.Contains(domain))
            found.Add("I12", "an area keeps its pages in a domain that its IOAS does not have");
        _ofPages.Clear();
        view.ReadTree(pages + members.PagesAreas.Offset, members.AreaOfPages, _ofPages);
        if (_ofPages.Contains(area) != (domain != 0))
            found.Add("I12", "the pages of an area and the area disagree on whether a domain maps it");
    }

    private static (ulong Start, ulong Last) RangeOf(StructView view, ulong at, CInterval interval) =>
        (view.Word(at, interval.Start), view.Word(at, interval.Last));
}
