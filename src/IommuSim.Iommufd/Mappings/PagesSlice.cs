using IommuSim.Machine.Memory;

namespace IommuSim.Iommufd.Mappings;

/// <summary>
/// A slice of pages that is about to become an area. Models struct iopt_pages_list; it holds a reference of
/// the pages, and the area, until the area takes both.
/// </summary>
internal sealed class PagesSlice(IoptPages pages, ulong startByte, ulong length) : HeapObject
{
    public IoptPages? Pages { get; internal set; } = pages;

    public IoptArea? Area { get; internal set; }

    /// <summary>Bytes from the start of the pages.</summary>
    public ulong StartByte { get; } = startByte;

    /// <summary>Bytes.</summary>
    public ulong Length { get; } = length;

    public override string ToString() => "iopt_pages_list";
}
