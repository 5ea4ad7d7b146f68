using System.Diagnostics.CodeAnalysis;
using IommuSim.Machine.Memory;

namespace IommuSim.Source.Execution;

/// <summary>
/// The physical pages of programs: numbers above the kernel's own memory, given out for 2 MiB of a program when the
/// first of its pages is pinned. So numbers stay below what a page table can hold, however many programs there were,
/// and pages that are neighbours in a huge page are neighbours here.
/// </summary>
internal sealed class UserFrames
{
    /// <summary>The first page that is no memory of the kernel: at 4 GiB.</summary>
    public const ulong First = 1 << 20;

    /// <summary>Pages of a huge page.</summary>
    private const ulong RegionPages = 512;

    private readonly Dictionary<(IUserMemory Space, ulong Region), ulong> _frames = [];
    private readonly List<(IUserMemory Space, ulong Region)> _regions = [];

    /// <summary>The number of the page behind a virtual address. A page that programs share has one.</summary>
    public ulong FrameOf(IUserMemory space, ulong address)
    {
        (space, address) = space.SourceOf(address);
        var page = address / MemoryMap.PageSize;
        var key = (space, page / RegionPages);
        if (!_frames.TryGetValue(key, out var first))
        {
            first = First + ((ulong)_regions.Count * RegionPages);
            _frames.Add(key, first);
            _regions.Add(key);
        }

        return first + (page % RegionPages);
    }

    /// <summary>The program whose page is behind a physical address, and the virtual address there.</summary>
    public bool TryFind(ulong physical, [NotNullWhen(true)] out IUserMemory? space, out ulong address)
    {
        var frame = (physical / MemoryMap.PageSize) - First;
        if (frame / RegionPages >= (ulong)_regions.Count)
        {
            (space, address) = (null, 0);
            return false;
        }

        (space, var region) = _regions[(int)(frame / RegionPages)];
        address =
            (((region * RegionPages) + (frame % RegionPages)) * MemoryMap.PageSize) + (physical % MemoryMap.PageSize);
        return true;
    }
}
