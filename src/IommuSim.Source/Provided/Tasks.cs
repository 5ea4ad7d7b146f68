using IommuSim.Machine.Reports;
using IommuSim.Source.Execution;

namespace IommuSim.Source.Provided;

/// <summary>The running task, what it may do, and the references to tasks, users and address spaces.</summary>
internal static class Tasks
{
    private const int CapIpcLock = 14;
    private const int CapSysResource = 24;

    [Provides("uml_curr_cpu")]
    public static int CurrentCpu(Cpu cpu) => cpu.Number;

    /// <summary>
    /// Programs have every capability, except that those which decide about limits are the task's to have.
    /// </summary>
    // Models kernel/capability.c:capable(), v7.3.
    [Provides("capable")]
    public static bool IsCapable(Cpu cpu, int capability) =>
        capability switch
        {
            CapSysResource => cpu.Task.MayChangeLimits,
            CapIpcLock => cpu.Task.LockedMemoryLimit is null,
            _ => true,
        };

    // Models kernel/fork.c:mmput(), v7.3.
    [Provides("mmput")]
    public static void PutMm(Cpu cpu, ulong mm)
    {
        Atomic.MightSleep(cpu, "mmput");
        Put(cpu, mm, "mm_struct", "mm_users");
    }

    /// <summary>Called when the last reference is gone, but the process has one: the C put more than it got.</summary>
    [Provides("__mmdrop")]
    public static void DropMm(Cpu cpu, ulong mm) => ReportLast(cpu, mm, "mm_struct", "mm_count");

    // Models kernel/user.c:free_uid(), v7.3.
    [Provides("free_uid")]
    public static void FreeUser(Cpu cpu, ulong user)
    {
        if (user != 0)
            Put(cpu, user, "user_struct", "__count");
    }

    /// <summary>Called when the last reference is gone, but the task has one: the C put more than it got.</summary>
    [Provides("__put_task_struct_rcu_cb")]
    public static void PutTask(Cpu cpu, ulong head) =>
        ReportLast(cpu, head - cpu.Machine.Image.OffsetOf("task_struct", "rcu"), "task_struct", "usage");

    /// <summary>The same in a kernel that calls it at once.</summary>
    [Provides("__put_task_struct")]
    public static void PutTaskNow(Cpu cpu, ulong task) => ReportLast(cpu, task, "task_struct", "usage");

    // Models kernel/kthread.c:kthread_use_mm(), v7.3.
    [Provides("kthread_use_mm")]
    public static void UseMm(Cpu cpu, ulong mm)
    {
        var offset = cpu.Machine.Image.OffsetOf("task_struct", "mm");
        if (cpu.Memory.Load64(cpu.TaskStruct + offset, cpu.Site) != 0)
            cpu.Machine.Reporter.Report(ReportKind.Warning, cpu.Site, "kthread_use_mm: the task has memory of its own");
        if (!cpu.Machine.Provided.Tasks.TryBorrow(cpu, mm))
            throw cpu.Machine.Reporter.Oops(ReportKind.PageFault, cpu.Site, $"{mm:x16} is no struct mm_struct");
        cpu.Memory.Store64(cpu.TaskStruct + offset, (long)mm, cpu.Site);
    }

    // Models kernel/kthread.c:kthread_unuse_mm(), v7.3.
    [Provides("kthread_unuse_mm")]
    public static void UnuseMm(Cpu cpu, ulong mm)
    {
        cpu.Machine.Provided.Tasks.GiveBack(cpu);
        cpu.Memory.Store64(cpu.TaskStruct + cpu.Machine.Image.OffsetOf("task_struct", "mm"), 0, cpu.Site);
    }

    private static void Put(Cpu cpu, ulong address, string tag, string member)
    {
        var count = address + cpu.Machine.Image.OffsetOf(tag, member);
        cpu.ReachMemory(count, isWrite: true, cpu.Site);
        var left = cpu.Memory.Load32(count, cpu.Site) - 1;
        cpu.Memory.Store32(count, left, cpu.Site);
        if (left <= 0)
            ReportLast(cpu, address, tag, member);
    }

    private static void ReportLast(Cpu cpu, ulong address, string tag, string member)
    {
        cpu.Machine.Reporter.Report(
            ReportKind.RefcountUnderflow,
            cpu.Site,
            $"{member} of struct {tag} was put more often than it was got"
        );
        cpu.Memory.Store32(address + cpu.Machine.Image.OffsetOf(tag, member), 1, cpu.Site);
    }
}
