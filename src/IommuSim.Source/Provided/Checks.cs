using IommuSim.Machine;
using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>What the kernel's own checks of itself call, and what it logs.</summary>
internal static class Checks
{
    private const ulong Prev = 8;

    /// <summary>What list_del leaves in an entry, but for the upper half, which differs between processors.</summary>
    private const ulong NextPoison = 0x100;
    private const ulong PrevPoison = 0x122;

    /// <summary>The value of a saturated refcount_t.</summary>
    private const int Saturated = int.MinValue / 2;

    /// <summary>C's WARN, of which a file and a line are no news: the report has its place.</summary>
    // Models kernel/panic.c:warn_slowpath_fmt(), v7.3.
    [Provides("warn_slowpath_fmt")]
    public static void WarnFormatted(Cpu cpu, ulong file, int line, uint taint, ulong format, ulong[] arguments)
    {
        var text = format == 0 ? "WARN_ON" : KernelText.Format(cpu, format, arguments).TrimEnd('\n');
        cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, text);
    }

    [Provides("__warn_printk")]
    public static void WarnFormatted(Cpu cpu, ulong format, ulong[] arguments) =>
        Warn(cpu, KernelText.Format(cpu, format, arguments).TrimEnd('\n'));

    // Models kernel/panic.c:panic(), v7.3. C's BUG ends here too.
    [Provides("panic")]
    public static void Panic(Cpu cpu, ulong format, ulong[] arguments) =>
        throw cpu.Machine.Reporter.Oops(
            ReportKind.Panic,
            cpu.Site,
            KernelText.Format(cpu, format, arguments).TrimEnd('\n')
        );

    /// <summary>Nobody reads the log.</summary>
    [Provides("_printk")]
    public static int Log(Cpu cpu, ulong format, ulong[] arguments) => 0;

    /// <summary>A message about a device goes to the log too.</summary>
    [Provides("_dev_info")]
    [Provides("_dev_warn")]
    [Provides("_dev_err")]
    public static void LogDevice(Cpu cpu, ulong device, ulong format, ulong[] arguments) { }

    /// <summary>As often as it wants: only messages are limited by it.</summary>
    [Provides("___ratelimit")]
    public static int MayPrint(Cpu cpu, ulong state, ulong function) => 1;

    /// <summary>A point of the C's own, such as fail_iommufd; it fails only where one is injected.</summary>
    // Models lib/fault-inject.c:should_fail(), v7.3.
    [Provides("should_fail")]
    public static bool ShouldFail(Cpu cpu, ulong attribute, long size) =>
        cpu.Machine.Machine.Decisions.Fails(DecisionKind.FaultAttribute, cpu.Caller);

    // Models lib/refcount.c:refcount_warn_saturate(), v7.3.
    [Provides("refcount_warn_saturate")]
    public static void Saturate(Cpu cpu, ulong count, int type)
    {
        cpu.Memory.Store32(count, Saturated, cpu.Site);
        var kind = type switch
        {
            2 => ReportKind.RefcountAdditionOnZero,
            3 => ReportKind.RefcountUnderflow,
            4 => ReportKind.RefcountDecrementHitZero,
            _ => ReportKind.RefcountSaturated,
        };
        cpu.Machine.Reporter.Report(kind, cpu.Site, "the count was misused");
    }

    // Models lib/refcount.c:refcount_dec_if_one(), v7.3.
    [Provides("refcount_dec_if_one")]
    public static bool DecrementIfOne(Cpu cpu, ulong count)
    {
        cpu.ReachMemory(count, isWrite: true, cpu.Site);
        if (cpu.Memory.Load32(count, cpu.Site) != 1)
            return false;
        cpu.Memory.Store32(count, 0, cpu.Site);
        return true;
    }

    // Models lib/refcount.c:refcount_dec_not_one(), v7.3.
    [Provides("refcount_dec_not_one")]
    public static bool DecrementUnlessOne(Cpu cpu, ulong count)
    {
        cpu.ReachMemory(count, isWrite: true, cpu.Site);
        var value = cpu.Memory.Load32(count, cpu.Site);
        if (value == Saturated)
            return true;
        if (value == 1)
            return false;
        if (value <= 0)
            Saturate(cpu, count, 3);
        else
            cpu.Memory.Store32(count, value - 1, cpu.Site);
        return true;
    }

    /// <summary>True with the mutex held when this put was the last.</summary>
    // Models lib/refcount.c:refcount_dec_and_mutex_lock(), v7.3.
    [Provides("refcount_dec_and_mutex_lock")]
    public static bool DecrementAndLock(Cpu cpu, ulong count, ulong mutex)
    {
        if (DecrementUnlessOne(cpu, count))
            return false;
        Locks.LockMutex(cpu, mutex);
        if (!DecrementUnlessOne(cpu, count))
        {
            cpu.Memory.Store32(count, 0, cpu.Site);
            return true;
        }

        Locks.UnlockMutex(cpu, mutex);
        return false;
    }

    /// <summary>Whether the neighbours between which an entry is put are neighbours.</summary>
    // Models lib/list_debug.c:__list_add_valid_or_report(), v7.3.
    [Provides("__list_add_valid_or_report")]
    public static bool IsAddValid(Cpu cpu, ulong entry, ulong prev, ulong next)
    {
        if (prev == 0 || next == 0)
            return Corrupted(cpu, "list_add: a neighbour is NULL");
        if ((ulong)cpu.Memory.Load64(next + Prev, cpu.Site) != prev)
            return Corrupted(cpu, "list_add: next->prev is not prev");
        if ((ulong)cpu.Memory.Load64(prev, cpu.Site) != next)
            return Corrupted(cpu, "list_add: prev->next is not next");
        if (entry == prev || entry == next)
            return Corrupted(cpu, "list_add: the entry is on the list already");
        return true;
    }

    /// <summary>Whether the neighbours of an entry that is taken out know it.</summary>
    // Models lib/list_debug.c:__list_del_entry_valid_or_report(), v7.3.
    [Provides("__list_del_entry_valid_or_report")]
    public static bool IsRemoveValid(Cpu cpu, ulong entry)
    {
        var next = (ulong)cpu.Memory.Load64(entry, cpu.Site);
        var prev = (ulong)cpu.Memory.Load64(entry + Prev, cpu.Site);
        if (next == 0 || prev == 0)
            return Corrupted(cpu, "list_del: a neighbour is NULL");
        if ((uint)next == NextPoison || (uint)prev == PrevPoison)
            return Corrupted(cpu, "list_del: the entry was taken out before");
        if ((ulong)cpu.Memory.Load64(prev, cpu.Site) != entry)
            return Corrupted(cpu, "list_del: prev->next is not the entry");
        if ((ulong)cpu.Memory.Load64(next + Prev, cpu.Site) != entry)
            return Corrupted(cpu, "list_del: next->prev is not the entry");
        return true;
    }

    /// <summary>A warning of a function here; 0, for those that then return nothing.</summary>
    internal static ulong Warn(Cpu cpu, string text)
    {
        cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, text);
        return 0;
    }

    private static bool Corrupted(Cpu cpu, string what)
    {
        cpu.Machine.Reporter.Report(ReportKind.ListCorruption, cpu.Site, what);
        return false;
    }
}
