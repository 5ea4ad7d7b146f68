using IommuSim.Machine;
using IommuSim.Machine.Memory;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>
/// Pages of programs that a device may reach: pinned, counted, released. Which can be, the program's memory says; a
/// page that is pinned stays where it is.
/// </summary>
internal static class UserPages
{
    /// <summary>C's FOLL_WRITE.</summary>
    private const uint Write = 1;

    /// <summary>
    /// The pages pinned, or -EFAULT where the first cannot be; -EOVERFLOW past the end of all addresses.
    /// </summary>
    // Models mm/gup.c:gup_fast_fallback(), v7.3.
    [Provides("pin_user_pages_fast")]
    public static int PinFast(Cpu cpu, ulong start, int count, uint flags, ulong pages) =>
        Fast(cpu, start, count, flags, pages, PageStructs.PinBias);

    /// <summary>As <see cref="PinFast"/>, with one reference in place of a pin.</summary>
    [Provides("get_user_pages_fast")]
    public static int GetFast(Cpu cpu, ulong start, int count, uint flags, ulong pages) =>
        Fast(cpu, start, count, flags, pages, 1);

    /// <summary>The pages pinned, or -EFAULT where the first cannot be. The lock of the memory stays held.</summary>
    // Models mm/gup.c:pin_user_pages_remote(), v7.3.
    [Provides("pin_user_pages_remote")]
    public static long PinRemote(Cpu cpu, ulong mm, ulong start, ulong count, uint flags, ulong pages, ulong locked) =>
        Take(cpu, cpu.Machine.Provided.Tasks.MemoryOf(mm), start, count, flags, pages, PageStructs.PinBias);

    [Provides("unpin_user_page")]
    public static void Unpin(Cpu cpu, ulong page) => Drop(cpu, page, PageStructs.PinBias);

    [Provides("unpin_user_pages")]
    public static void UnpinAll(Cpu cpu, ulong pages, ulong count)
    {
        for (ulong i = 0; i < count; i++)
            Unpin(cpu, (ulong)cpu.Memory.Load64(pages + (i * sizeof(ulong)), cpu.Site));
    }

    /// <summary>
    /// Pages one after the other. That they are dirty matters to none: a program's memory is not on disk.
    /// </summary>
    [Provides("unpin_user_page_range_dirty_lock")]
    public static void UnpinRange(Cpu cpu, ulong page, ulong count, bool makeDirty)
    {
        var structs = cpu.Machine.PageStructs;
        var frame = structs.FrameOf(page);
        for (ulong i = 0; i < count; i++)
            Unpin(cpu, structs.AddressOf(frame + i));
    }

    /// <summary>Programs' memory is never written to a disk.</summary>
    [Provides("set_page_dirty_lock")]
    public static int SetDirty(Cpu cpu, ulong page) => 0;

    /// <summary>The pages pinned, one a folio, or -EINVAL for a file that is not memory, or that ends before.</summary>
    // Models mm/gup.c:memfd_pin_folios(), v7.3.
    [Provides("memfd_pin_folios")]
    public static long PinFile(Cpu cpu, ulong file, ulong start, ulong end, ulong folios, uint count, ulong offset)
    {
        var found = cpu.Machine.Provided.Files.ForeignAt(file);
        if (found?.Memory is not { } memory || start > end || count == 0 || end >= found.Length)
            return -(int)Errno.EINVAL;
        if (cpu.Machine.Machine.Decisions.Fails(DecisionKind.Copy, cpu.Caller))
            return -(int)Errno.ENOMEM;
        var structs = cpu.Machine.PageStructs;
        var first = start & ~(MemoryMap.PageSize - 1);
        var taken = Math.Min(count, ((end - first) / MemoryMap.PageSize) + 1);
        for (ulong i = 0; i < taken; i++)
        {
            var page = structs.AddressOf(
                cpu.Machine.Machine.PhysicalMemory.FrameOf(memory, first + (i * MemoryMap.PageSize))
            );
            Add(cpu, page, PageStructs.PinBias);
            cpu.Memory.Store64(folios + (i * sizeof(ulong)), (long)page, cpu.Site);
        }

        cpu.Memory.Store64(offset, (long)(start - first), cpu.Site);
        return (long)taken;
    }

    [Provides("unpin_folios")]
    public static void UnpinFolios(Cpu cpu, ulong folios, ulong count) => UnpinAll(cpu, folios, count);

    // Models mm/gup.c:folio_add_pins(), v7.3, for folios of one page.
    [Provides("folio_add_pins")]
    public static int AddPins(Cpu cpu, ulong folio, uint pins)
    {
        for (uint i = 0; i < pins; i++)
            Add(cpu, folio, PageStructs.PinBias);
        return 0;
    }

    /// <summary>The C put the last reference of a page, which its program still has.</summary>
    [Provides("__folio_put")]
    public static void PutLast(Cpu cpu, ulong folio) =>
        cpu.Machine.Reporter.Report(ReportKind.RefcountUnderflow, cpu.Site, "a page that is in use is freed");

    /// <summary>0, or -ENOMEM for more than the task's limit.</summary>
    // Models mm/util.c:__account_locked_vm(), v7.3.
    [Provides("__account_locked_vm")]
    public static int AccountLocked(Cpu cpu, ulong mm, ulong pages, bool adds, ulong task, bool bypass)
    {
        LockAssertions.Check(cpu, cpu.AddressOf(mm, "mm_struct", "mmap_lock"), HeldAs.Written, cpu.Site);
        var locked = cpu.Load(mm, "mm_struct", "locked_vm");
        if (!adds && pages > locked)
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "fewer pages were locked than are unlocked");
        if (adds && !bypass && locked + pages > TaskTable.LockedPagesOf(cpu, task))
            return -(int)Errno.ENOMEM;
        cpu.Store(mm, "mm_struct", "locked_vm", adds ? locked + pages : locked - pages);
        return 0;
    }

    private static int Fast(Cpu cpu, ulong start, int count, uint flags, ulong pages, int references)
    {
        start &= ~(MemoryMap.PageSize - 1);
        var end = start + ((ulong)count * MemoryMap.PageSize);
        if (end < start)
            return -(int)Errno.EOVERFLOW;
        if (end > UserAddressSpace.TaskSize)
            return -(int)Errno.EFAULT;
        return (int)Take(cpu, cpu.Machine.Provided.Tasks.MemoryOf(cpu), start, (ulong)count, flags, pages, references);
    }

    private static long Take(
        Cpu cpu,
        IUserMemory? memory,
        ulong start,
        ulong count,
        uint flags,
        ulong pages,
        int references
    )
    {
        if (memory is null || cpu.Machine.Machine.Decisions.Fails(DecisionKind.Copy, cpu.Caller))
            return -(int)Errno.EFAULT;
        start &= ~(MemoryMap.PageSize - 1);
        var last = Math.Min(count, (UserAddressSpace.TaskSize - Math.Min(start, UserAddressSpace.TaskSize)) >> 12);
        var there = last == 0 ? 0 : memory.Pinnable(start, last * MemoryMap.PageSize, (flags & Write) != 0);
        var taken = there / MemoryMap.PageSize;
        if (taken == 0)
            return count == 0 ? 0 : -(int)Errno.EFAULT;
        var structs = cpu.Machine.PageStructs;
        for (ulong i = 0; i < taken; i++)
        {
            var frame = cpu.Machine.Machine.PhysicalMemory.FrameOf(memory, start + (i * MemoryMap.PageSize));
            var page = structs.AddressOf(frame);
            Add(cpu, page, references);
            cpu.Memory.Store64(pages + (i * sizeof(ulong)), (long)page, cpu.Site);
        }

        return (long)taken;
    }

    private static void Drop(Cpu cpu, ulong page, int references)
    {
        if (!PageStructs.IsIn(page))
            throw cpu.Machine.Reporter.Oops(ReportKind.PageFault, cpu.Site, $"{page:x16} is no page");
        if (cpu.Machine.PageStructs.AddReferences(page, -references) > 0)
        {
            TellMemory(cpu, page, references, adds: false);
            return;
        }

        cpu.Machine.PageStructs.AddReferences(page, references);
        cpu.Machine.Reporter.Report(ReportKind.RefcountUnderflow, cpu.Site, "a page that is not pinned is unpinned");
    }

    private static void Add(Cpu cpu, ulong page, int references)
    {
        cpu.Machine.PageStructs.AddReferences(page, references);
        TellMemory(cpu, page, references, adds: true);
    }

    private static void TellMemory(Cpu cpu, ulong page, int references, bool adds)
    {
        var physical = cpu.Machine.PageStructs.FrameOf(page) * MemoryMap.PageSize;
        if (references == PageStructs.PinBias)
            cpu.Machine.Machine.PhysicalMemory.Pin(physical, MemoryMap.PageSize, adds);
    }
}
