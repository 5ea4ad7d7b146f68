using IommuSim.Source.Execution;

namespace IommuSim.Source.Objects;

/// <summary>
/// A member of a struct of the C, looked up once so that it can be read often. A kernel may not have it: then it must
/// not be read.
/// </summary>
internal readonly struct CMember
{
    private readonly string? _missing;
    private readonly ulong _offset;

    internal CMember(KernelImage image, string tag, string member)
    {
        if (image.FindMember(tag, member) is { } found)
            (IsThere, _offset) = (true, found.Offset);
        else
            _missing = $"struct {tag} with a member {member}";
    }

    public bool IsThere { get; }

    /// <summary>Bytes from the start of the struct.</summary>
    public ulong Offset =>
        IsThere ? _offset : throw new NotProvidedException($"not provided: this kernel has no {_missing}");
}

/// <summary>What lists, trees and xarrays are made of, in one kernel.</summary>
internal sealed class NodeMembers(KernelImage image)
{
    public CMember Head { get; } = new(image, "xarray", "xa_head");

    public CMember Slots { get; } = new(image, "xa_node", "slots");

    /// <summary>Bytes of the slots of a node of an xarray.</summary>
    public ulong SlotsSize { get; } = image.FindMember("xa_node", "slots")?.Size ?? 0;

    public CMember Root { get; } = new(image, "rb_root_cached", "rb_root.rb_node");

    public CMember Left { get; } = new(image, "rb_node", "rb_left");

    public CMember Right { get; } = new(image, "rb_node", "rb_right");
}
