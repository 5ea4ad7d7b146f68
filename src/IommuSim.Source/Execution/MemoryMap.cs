namespace IommuSim.Source.Execution;

/// <summary>
/// Where things are in a source kernel's address space. All of it lies above user space; it is wider than that of any
/// processor, so that the pages of many programs are part of physical memory.
/// </summary>
internal static class MemoryMap
{
    /// <summary>Address 0 of physical memory, as the kernel sees it: its own memory, then the user's pages.</summary>
    public const ulong Physical = 0x1000_0000_0000_0000;

    /// <summary>The first variable. Nothing is below it, so that small offsets from nowhere are seen.</summary>
    public const ulong Image = Physical + 0x1000;

    /// <summary>The past end of what physical memory can name: pages of user programs are far up in it.</summary>
    public const ulong PhysicalEnd = 0x2000_0000_0000_0000;

    /// <summary>struct page of physical page 0. Pages have addresses here, and no memory.</summary>
    public const ulong Pages = 0x4000_0000_0000_0000;

    /// <summary>The past end of these addresses. Pointers that the kernel poisons are above it, and wild.</summary>
    public const ulong PagesEnd = Pages + ((PhysicalEnd - Physical) / PageSize * MaxPageStructSize);

    /// <summary>Bytes of a struct page, where debug information does not say.</summary>
    public const ulong PageStructSize = 64;

    private const ulong MaxPageStructSize = 256;

    public const ulong PageSize = 4096;

    /// <summary>The first function; one has <see cref="FunctionSize"/> bytes, none of which can be read.</summary>
    public const ulong Functions = 0xffff_ffff_8100_0000;

    public const ulong FunctionSize = 16;

    /// <summary>Addresses below this belong to the user program.</summary>
    public const ulong UserEnd = 0x8000_0000_0000;
}
