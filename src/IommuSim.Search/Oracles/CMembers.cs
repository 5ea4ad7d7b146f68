using IommuSim.Source.Execution;
using IommuSim.Source.Objects;

namespace IommuSim.Search.Oracles;

/// <summary>The members that are read of a kernel made of C; looked up once, and read after each call.</summary>
internal sealed class CMembers(StructView view)
{
    private const string Ops = "iommufd_object_ops";
    private const string Iopt = "iommufd_ioas";

    private readonly bool _hasOps = view.Has(Ops);

    public KernelImage Image { get; } = view.Image;

    public CMember Objects { get; } = view.Find("iommufd_ctx", "objects");

    public CMember Id { get; } = view.Find("iommufd_object", "id");

    public CMember Users { get; } = view.Find("iommufd_object", "users");

    public CMember Type { get; } = view.Find("iommufd_object", "type");

    public CMember Destroy { get; } = view.Find(Ops, "destroy");

    public CMember FileData { get; } = view.Find("file", "private_data");

    public CMember HwptFault { get; } = view.Find("iommufd_hw_pagetable", "fault");

    public CMember HwptDomain { get; } = view.Find("iommufd_hw_pagetable", "domain");

    public CMember PagingIoas { get; } = view.Find("iommufd_hwpt_paging", "ioas");

    public CMember PagingItem { get; } = view.Find("iommufd_hwpt_paging", "hwpt_item");

    public CMember NestedViommu { get; } = view.Find("iommufd_hwpt_nested", "viommu");

    public CMember NestedParent { get; } = view.Find("iommufd_hwpt_nested", "parent");

    public CMember Device { get; } = view.Find("iommufd_device", "dev");

    public CMember DeviceGroup { get; } = view.Find("iommufd_device", "igroup");

    public CMember DeviceItem { get; } = view.Find("iommufd_device", "group_item");

    public CMember GroupAttaches { get; } = view.Find("iommufd_group", "pasid_attach");

    public CMember GroupDevices { get; } = view.Find("iommufd_group", "device_list");

    public CMember GroupHwpt { get; } = view.Find("iommufd_group", "hwpt");

    public CMember AttachDevices { get; } = view.Find("iommufd_attach", "device_array");

    public CMember AttachHwpt { get; } = view.Find("iommufd_attach", "hwpt");

    public CMember IoasHwpts { get; } = view.Find(Iopt, "hwpt_list");

    public CMember IoasDomains { get; } = view.Find(Iopt, "iopt.domains");

    public CMember IoasAreas { get; } = view.Find(Iopt, "iopt.area_itree");

    public CMember IoasReserved { get; } = view.Find(Iopt, "iopt.reserved_itree");

    public CMember AreaPages { get; } = view.Find("iopt_area", "pages");

    public CMember AreaDomain { get; } = view.Find("iopt_area", "storage_domain");

    public CMember AreaOfPages { get; } = view.Find("iopt_area", "pages_node");

    public CInterval Area { get; } = new(view, "iopt_area");

    public CInterval Reserved { get; } = new(view, "iopt_reserved");

    public CMember Owner { get; } = view.Find("iopt_reserved", "owner");

    public CMember PagesAreas { get; } = view.Find("iopt_pages", "domains_itree");

    /// <summary>Whether the kernel names all that is needed of objects.</summary>
    public bool HasObjects => _hasOps && Destroy.IsThere && Objects.IsThere && Users.IsThere && Type.IsThere;

    /// <summary>Whether it names all that is needed of what an IOAS maps and reserves.</summary>
    public bool HasRanges =>
        IoasAreas.IsThere
        && IoasReserved.IsThere
        && AreaDomain.IsThere
        && AreaOfPages.IsThere
        && Owner.IsThere
        && PagesAreas.IsThere
        && Device.IsThere
        && NestedParent.IsThere;
}

/// <summary>A struct that is a node of an interval tree.</summary>
internal sealed class CInterval(StructView view, string tag)
{
    public CMember Node { get; } = view.Find(tag, "node");

    public CMember Start { get; } = view.Find(tag, "node.start");

    public CMember Last { get; } = view.Find(tag, "node.last");
}
