using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>Which physical memory programs have mapped, by the struct vm_area_struct.</summary>
internal sealed class UserMappings
{
    private readonly Dictionary<ulong, ulong> _physical;

    internal UserMappings() => _physical = [];

    private UserMappings(UserMappings from) => _physical = new Dictionary<ulong, ulong>(from._physical);

    internal UserMappings Copy() => new(this);

    /// <summary>Where the mapping begins in physical memory.</summary>
    internal ulong Find(ulong vma) =>
        _physical.TryGetValue(vma, out var physical)
            ? physical
            : throw new NotProvidedException("not provided: mmap of a file that maps its pages one by one");

    internal void Add(ulong vma, ulong physical) => _physical[vma] = physical;

    internal void Remove(ulong vma) => _physical.Remove(vma);
}

/// <summary>What a file's mmap operation calls.</summary>
internal static class UserMapping
{
    /// <summary>The whole mapping shows memory that lies in one piece; another use is not provided.</summary>
    // Models mm/memory.c:remap_pfn_range(), v7.3.
    [Provides("remap_pfn_range")]
    public static int Remap(Cpu cpu, ulong vma, ulong address, ulong frame, ulong size, ulong protection)
    {
        var start = cpu.Load(vma, "vm_area_struct", "vm_start");
        if (address != start || cpu.Load(vma, "vm_area_struct", "vm_end") - start != size)
            throw cpu.NotProvided("remap_pfn_range of a part", cpu.Site);
        cpu.Machine.Provided.UserMappings.Add(vma, frame * MemoryMap.PageSize);
        return 0;
    }
}
