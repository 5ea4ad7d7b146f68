using System.Diagnostics.CodeAnalysis;

namespace IommuSim.Machine.Memory;

/// <summary>
/// The physical pages of programs: numbers above the kernel's own memory, given out for 2 MiB of a program when the
/// first of its pages is pinned. So numbers stay below what a page table can hold, however many programs there were,
/// and pages that are neighbours in a huge page are neighbours here.
/// </summary>
internal sealed class PhysicalMemory
{
    /// <summary>The first page that is no memory of the kernel: at 4 GiB.</summary>
    public const ulong FirstFrame = 1 << 20;

    private const ulong PageSize = UserAddressSpace.PageSize;

    /// <summary>Bytes of a huge page.</summary>
    private const ulong RegionSize = 2 << 20;

    private readonly Dictionary<(IUserMemory Space, ulong Region), ulong> _starts = [];
    private readonly List<(IUserMemory Space, ulong Region)> _regions = [];

    /// <summary>The region that was asked for last; most questions are about it again.</summary>
    private (IUserMemory? Space, ulong Region, ulong Start) _last;

    /// <summary>The number of the page behind a virtual address. A page that programs share has one.</summary>
    public ulong FrameOf(IUserMemory space, ulong address) => AddressOf(space, address) / PageSize;

    /// <summary>The physical address behind a virtual one.</summary>
    public ulong AddressOf(IUserMemory space, ulong address)
    {
        var source = space.SourceOf(address);
        return RegionOf(source.Memory, source.Offset) + (source.Offset % RegionSize);
    }

    /// <summary>
    /// As <see cref="AddressOf"/>, with how many of the bytes from there on lie one behind the other; at least one.
    /// </summary>
    public ulong RunAt(IUserMemory space, ulong address, ulong length, out ulong run)
    {
        var source = space.SourceOf(address);
        length = Math.Min(length, source.Length);
        var physical = RegionOf(source.Memory, source.Offset) + (source.Offset % RegionSize);
        run = Math.Min(length, RegionSize - (source.Offset % RegionSize));
        while (run < length && RegionOf(source.Memory, source.Offset + run) == physical + run)
            run += Math.Min(length - run, RegionSize);
        return physical;
    }

    /// <summary>The memory whose page is behind a physical address, and the place in it.</summary>
    public bool TryFind(ulong physical, [NotNullWhen(true)] out IUserMemory? space, out ulong address)
    {
        var index = (physical - (FirstFrame * PageSize)) / RegionSize;
        if (index >= (ulong)_regions.Count)
        {
            (space, address) = (null, 0);
            return false;
        }

        (space, var region) = _regions[(int)index];
        address = (region * RegionSize) + (physical % RegionSize);
        return true;
    }

    /// <summary>Tells the memory behind a run of whole pages that they are pinned once more, or once less.</summary>
    public void Pin(ulong physical, ulong length, bool adds = true)
    {
        while (length > 0 && TryFind(physical, out var space, out var offset))
        {
            var part = Math.Min(length, RegionSize - (offset % RegionSize));
            if (adds)
                space.Pinned(offset, part);
            else
                space.Unpinned(offset, part);
            physical += part;
            length -= part;
        }
    }

    /// <summary>The physical address of 2 MiB of the kernel's own.</summary>
    public ulong TakeRegion()
    {
        _regions.Add((UserAddressSpace.Empty, 0));
        return AddressOfRegion(_regions.Count - 1);
    }

    /// <summary>The physical address of the first byte of a huge page.</summary>
    private ulong RegionOf(IUserMemory space, ulong offset)
    {
        var key = (Space: space, Region: offset / RegionSize);
        if (ReferenceEquals(_last.Space, space) && _last.Region == key.Region)
            return _last.Start;
        if (!_starts.TryGetValue(key, out var start))
        {
            start = AddressOfRegion(_regions.Count);
            _starts.Add(key, start);
            _regions.Add(key);
        }

        _last = (space, key.Region, start);
        return start;
    }

    private static ulong AddressOfRegion(int index) => (FirstFrame * PageSize) + ((ulong)index * RegionSize);
}
