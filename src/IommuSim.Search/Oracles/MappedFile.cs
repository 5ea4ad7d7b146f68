using IommuSim.Iommufd;
using IommuSim.Search.Programs;

namespace IommuSim.Search.Oracles;

/// <summary>A paging hwpt, as far as the rules of mappings ask.</summary>
/// <param name="PageSize">Bytes of its domain's smallest page; null where that cannot be seen.</param>
/// <param name="Ioas">Null for one whose IOAS has no model.</param>
internal readonly record struct MappedHwpt(bool IsMock, ulong? PageSize, IoasModel? Ioas)
{
    /// <summary>What it is, as the contract has it, or the kernel that is looked into.</summary>
    public required object Key { get; init; }
}

/// <summary>The objects of one descriptor that calls on mappings name.</summary>
internal abstract class MappedFile
{
    public abstract bool HasObjects { get; }

    public abstract IoasModel? FindIoas(uint id);

    public abstract MappedHwpt? FindPaging(uint id);

    /// <summary>As the contract has it; null of a kernel that is looked into.</summary>
    public virtual ModelContext? Context => null;

    /// <summary>The IOAS of the calls of VFIO's containers, or null.</summary>
    public virtual IoasModel? Container => null;
}

/// <summary>As the kernel has them.</summary>
internal sealed class SeenFile(IommufdContext context, MappingModel model) : MappedFile
{
    public override bool HasObjects => context.Objects.Count > 0;

    public override IoasModel? Container => context.VfioIoas is { } ioas ? model.Of(ioas) : null;

    public override IoasModel? FindIoas(uint id) => context.Objects.Find(id) is Ioas ioas ? model.Of(ioas) : null;

    public override MappedHwpt? FindPaging(uint id)
    {
        if (context.Objects.Find(id) is not HwPagetable { Parent: null, Viommu: null } hwpt)
            return null;
        var domain = hwpt.Domain!;
        return new MappedHwpt(
            ReferenceEquals(domain.Owner, context.Kernel.FindDriver("mock")!.Ops),
            IoasModel.SmallestPage(domain),
            hwpt.Ioas is { } ioas ? model.Of(ioas) : null
        )
        {
            Key = hwpt,
        };
    }
}

/// <summary>As the contract of their lives has them, of a kernel that cannot be looked into.</summary>
internal sealed class FollowedFile(ModelContext context, MappingModel model) : MappedFile
{
    public override bool HasObjects => context.HasIds;

    public override IoasModel? FindIoas(uint id) =>
        context.Find(id) is { Kind: ObjectKind.Ioas } ioas ? model.Of(ioas) : null;

    public override MappedHwpt? FindPaging(uint id) =>
        context.Find(id) is { Kind: ObjectKind.Paging, Below: { } ioas } hwpt
            ? new MappedHwpt(hwpt.Driver == "mock", PageSize: null, model.Of(ioas)) { Key = hwpt }
            : null;

    public override ModelContext Context => context;

    public override IoasModel? Container => context.Container is { } ioas ? model.Of(ioas) : null;
}
