using IommuSim.Machine.Reports;

namespace IommuSim.Machine.Memory;

/// <summary>
/// How many pages of programs are pinned, and counted against RLIMIT_MEMLOCK: by program (C's struct mm_struct) and by
/// user (C's struct user_struct). All programs are of one user.
/// </summary>
internal sealed class LockedMemory
{
    private readonly List<LockedPages> _programs = [];

    /// <summary>Pages that count as the user's; C's user_struct.locked_vm.</summary>
    public ulong OfUser { get; set; }

    /// <summary>The counts of the program with this memory.</summary>
    public LockedPages Of(IUserMemory memory)
    {
        if (Find(memory) is { } known)
            return known;
        var added = new LockedPages(memory);
        _programs.Add(added);
        return added;
    }

    /// <summary>Pinned and locked pages of the program with this memory.</summary>
    public (ulong Pinned, ulong Locked) PagesOf(IUserMemory memory) =>
        Find(memory) is { } known ? (known.Pinned, known.Locked) : default;

    /// <summary>Nothing is open any more: what still counts is reported, and counts no longer.</summary>
    public void ReportLeaks(KernelMachine machine)
    {
        foreach (var program in _programs)
        {
            if (program.Pinned != 0)
                Report(machine, "iopt_pages_update_pinned", "pages that are counted as pinned");
            if (program.Locked != 0)
                Report(machine, "__account_locked_vm", "pages that are counted as locked");
        }

        if (OfUser != 0)
            Report(machine, "incr_user_locked_vm", "pages that are counted as the user's");
        OfUser = 0;
        _programs.Clear();
    }

    private LockedPages? Find(IUserMemory memory)
    {
        foreach (var known in _programs)
        {
            if (ReferenceEquals(known.Memory, memory))
                return known;
        }

        return null;
    }

    private static void Report(KernelMachine machine, string function, string what) =>
        machine.Report(ReportKind.MemoryLeak, function, $"{what} is left when nothing is open");
}

/// <summary>The counts of one program, in pages.</summary>
internal sealed class LockedPages(IUserMemory memory)
{
    public IUserMemory Memory { get; } = memory;

    /// <summary>What /proc/PID/status calls VmPin; C's pinned_vm.</summary>
    public ulong Pinned { get; set; }

    /// <summary>What /proc/PID/status calls VmLck; C's locked_vm.</summary>
    public ulong Locked { get; set; }
}
