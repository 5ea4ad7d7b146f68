namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// Walks the areas that lie one behind the other in a range and stops where one is missing or under construction. The
/// caller holds iova_rwsem. Models drivers/iommu/iommufd/io_pagetable.h:struct iopt_area_contig_iter.
/// </summary>
internal struct ContiguousAreas
{
    private readonly IoPagetable _iopt;
    private readonly ulong _lastIova;

    public ContiguousAreas(IoPagetable iopt, ulong iova, ulong lastIova)
    {
        _iopt = iopt;
        _lastIova = lastIova;
        Iova = iova;
        Area = UsableAt(iova);
    }

    /// <summary>The area at <see cref="Iova"/>; null behind the last one, and where there is none.</summary>
    public IoptArea? Area { get; private set; }

    /// <summary>The first address of this area in the range.</summary>
    public ulong Iova { get; private set; }

    /// <summary>The last address of this area in the range.</summary>
    public readonly ulong Last => Math.Min(_lastIova, Area!.LastIova);

    /// <summary>The areas reach to the end of the range; valid once <see cref="Area"/> is null.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether this area reaches to the end of the range.</summary>
    public readonly bool IsLast => Area is not null && _lastIova <= Area.LastIova;

    public void MoveNext()
    {
        if (IsLast)
        {
            IsDone = true;
            Area = null;
            return;
        }

        Iova = Area!.LastIova + 1;
        Area = UsableAt(Iova);
    }

    private readonly IoptArea? UsableAt(ulong iova) =>
        _iopt.Areas.First(iova, iova)?.Value is { Pages: not null } area ? area : null;
}
