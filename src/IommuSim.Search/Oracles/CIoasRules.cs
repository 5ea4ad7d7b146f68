using IommuSim.Source.Objects;

namespace IommuSim.Search.Oracles;

/// <summary>
/// I6, I12 and I14 of an IOAS in a kernel made of C, as far as they can be read: reserved ranges against who is
/// attached, areas against each other, against reserved ranges and against the domains. Whether a page table translates
/// an area cannot be read: only its driver's code can walk it.
/// </summary>
internal sealed class CIoasRules
{
    private const string Iopt = "io_pagetable";
    private const string Area = "iopt_area";
    private const string Reserved = "iopt_reserved";
    private const string Pages = "iopt_pages";

    private readonly List<ulong> _areas = [];
    private readonly List<ulong> _reserved = [];
    private readonly List<ulong> _ofPages = [];
    private readonly List<(ulong Device, ulong Ioas)> _attached = [];
    private bool _canRead;

    /// <summary>Begins a context. Where the kernel names things otherwise, nothing is judged.</summary>
    public void Start(StructView view)
    {
        _attached.Clear();
        _canRead = CanRead(view);
    }

    /// <summary>A device is attached to the hwpt, which an id names.</summary>
    public void NoteAttached(StructView view, ulong device, ulong hwpt, CObjectKind? kind)
    {
        if (!_canRead)
            return;
        var paging = kind?.Tag == "iommufd_hwpt_nested" ? view.Word(hwpt, kind.Tag, "parent") : hwpt;
        _attached.Add((view.Word(device, "iommufd_device", "dev"), view.Word(paging, "iommufd_hwpt_paging", "ioas")));
    }

    /// <summary>Adds what does not hold of the IOAS.</summary>
    /// <param name="domains">Its domains.</param>
    public void Check(StructView view, ulong ioas, List<ulong> domains, List<Violation> found)
    {
        if (!_canRead)
            return;
        _areas.Clear();
        _reserved.Clear();
        view.ReadTree(view.AddressOf(ioas, "iommufd_ioas", "iopt.area_itree"), Area, "node", _areas);
        view.ReadTree(view.AddressOf(ioas, "iommufd_ioas", "iopt.reserved_itree"), Reserved, "node", _reserved);
        foreach (var range in _reserved)
        {
            var owner = view.Word(range, Reserved, "owner");
            // The selftest reserves for nobody.
            if (owner != 0 && !domains.Contains(owner) && !_attached.Contains((owner, ioas)))
                found.Add("I6", "reserved range without an attached device");
        }

        for (var i = 0; i < _areas.Count; i++)
        {
            var (start, last) = RangeOf(view, _areas[i], Area);
            if (i > 0 && RangeOf(view, _areas[i - 1], Area).Last >= start)
                found.Add("I14", "two areas of an IOAS overlap");
            foreach (var range in _reserved)
            {
                var (first, end) = RangeOf(view, range, Reserved);
                if (first <= last && start <= end)
                    found.Add("I14", "an area lies in a reserved range");
            }

            CheckDomains(view, _areas[i], domains, found);
        }
    }

    private static bool CanRead(StructView view) =>
        view.Has(Iopt, "area_itree")
        && view.Has(Iopt, "reserved_itree")
        && view.Has(Area, "storage_domain")
        && view.Has(Area, "pages_node")
        && view.Has(Reserved, "owner")
        && view.Has(Pages, "domains_itree")
        && view.Has("iommufd_device", "dev")
        && view.Has("iommufd_hwpt_nested", "parent");

    /// <summary>An area keeps its pages in one of the domains, and its pages know it as long as there is one.</summary>
    private void CheckDomains(StructView view, ulong area, List<ulong> domains, List<Violation> found)
    {
        var pages = view.Word(area, Area, "pages");
        if (pages == 0)
        {
            found.Add("I5", "an area is left half made");
            return;
        }

        var domain = view.Word(area, Area, "storage_domain");
        if (domain == 0 && domains.Count > 0)
            found.Add("I12", "an area is mapped in no domain of its IOAS");
        else if (domain != 0 && !domains.Contains(domain))
            found.Add("I12", "an area keeps its pages in a domain that its IOAS does not have");
        _ofPages.Clear();
        view.ReadTree(view.AddressOf(pages, Pages, "domains_itree"), Area, "pages_node", _ofPages);
        if (_ofPages.Contains(area) != (domain != 0))
            found.Add("I12", "the pages of an area and the area disagree on whether a domain maps it");
    }

    private static (ulong Start, ulong Last) RangeOf(StructView view, ulong at, string tag) =>
        (view.Word(at, tag, "node.start"), view.Word(at, tag, "node.last"));
}
